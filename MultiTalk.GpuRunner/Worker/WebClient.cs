using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.GpuRunner.Worker;

/// <summary>
/// Speaks the runner protocol. Every call may throw <see cref="HttpRequestException"/>: without a status code the Web was not
/// reached or did not answer in time; with one it is a <see cref="WebRefusalException"/>. Calls of an attempt throw
/// <see cref="FencedException"/> when it is no longer ours.
/// </summary>
public sealed class WebClient(HttpClient http, RunnerIdentity identity)
{
    private static readonly TimeSpan _shortCall = TimeSpan.FromSeconds(10);

    // The Web holds a claim for 25 s.
    private static readonly TimeSpan _longPoll = TimeSpan.FromSeconds(40);

    // 2 GB over a line of 10 Mbit/s.
    private static readonly TimeSpan _transfer = TimeSpan.FromMinutes(30);

    /// <summary>Introduces the runner.</summary>
    public Task RegisterAsync(RegisterRequest runner, CancellationToken cancellationToken) => WithinAsync(_shortCall, async token =>
    {
        using var answer = await http.PostAsJsonAsync(RunnerProtocol.Register, runner, ContractsJson.Default.RegisterRequest, token);
        return ThrowUnlessWell(answer);
    }, cancellationToken);

    /// <summary>Waits for work; null when none came. A status of 404 says that the runner is not known.</summary>
    public Task<Claim?> ClaimAsync(ClaimRequest request, CancellationToken cancellationToken) => WithinAsync(_longPoll, async token =>
    {
        using var answer = await http.PostAsJsonAsync(RunnerProtocol.ClaimNext, request, ContractsJson.Default.ClaimRequest, token);
        return ThrowUnlessWell(answer) == HttpStatusCode.NoContent ? null : await answer.Content.ReadFromJsonAsync(ContractsJson.Default.Claim, token);
    }, cancellationToken);

    /// <summary>Says that the runner stops.</summary>
    public Task LeaveAsync(LeaveRequest request, CancellationToken cancellationToken) => WithinAsync(_shortCall, async token =>
    {
        using var answer = await http.PostAsJsonAsync(RunnerProtocol.Leave, request, ContractsJson.Default.LeaveRequest, token);
        return ThrowUnlessWell(answer);
    }, cancellationToken);

    /// <summary>Reports progress and renews the lease.</summary>
    public Task<RunnerCommand> HeartbeatAsync(Claim claim, Heartbeat heartbeat, CancellationToken cancellationToken) => WithinAsync(_shortCall, async token =>
    {
        using var answer = await http.PostAsJsonAsync(Place(claim, "heartbeat"), heartbeat, ContractsJson.Default.Heartbeat, token);
        ThrowUnlessOurs(answer);
        return (await answer.Content.ReadFromJsonAsync(ContractsJson.Default.HeartbeatAnswer, token))?.Command ?? RunnerCommand.Continue;
    }, cancellationToken);

    /// <summary>Fetches an input.</summary>
    /// <exception cref="InvalidDataException">What arrived is not what was announced.</exception>
    /// <exception cref="IOException"><paramref name="target"/> cannot be written; a <see cref="DiskFullException"/> for want of room.</exception>
    public Task DownloadAsync(Claim claim, InputFile input, string target, CancellationToken cancellationToken) => WithinAsync(_transfer, async token =>
    {
        using var answer = await http.GetAsync(Place(claim, $"inputs/{Uri.EscapeDataString(input.Name)}"), HttpCompletionOption.ResponseHeadersRead, token);
        ThrowUnlessOurs(answer);
        await using var body = await answer.Content.ReadAsStreamAsync(token);
        return await StoreAsync(body, target, token) == (input.Bytes, input.Sha256)
            ? input.Bytes
            : throw new InvalidDataException($"The input {input.Name} arrived damaged.");
    }, cancellationToken);

    /// <summary>Stores the video; may be repeated.</summary>
    public Task UploadAsync(Claim claim, string path, VideoFacts facts, CancellationToken cancellationToken) => WithinAsync(_transfer, async token =>
    {
        await using var file = File.OpenRead(path);
        using var content = new StreamContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("video/mp4");
        content.Headers.ContentLength = file.Length;
        content.Headers.Add("Repr-Digest", $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(facts.Sha256))}:");
        using var request = new HttpRequestMessage(HttpMethod.Put, Place(claim, "output")) { Content = content };
        // A fenced upload is then refused before its body is sent.
        request.Headers.ExpectContinue = true;
        using var answer = await http.SendAsync(request, token);
        return ThrowUnlessOurs(answer);
    }, cancellationToken);

    /// <summary>The job has succeeded: its video is stored.</summary>
    public Task CompleteAsync(Claim claim, VideoFacts facts, CancellationToken cancellationToken) =>
        TellAsync(claim, "complete", JsonContent.Create(facts, ContractsJson.Default.VideoFacts), cancellationToken);

    /// <summary>The attempt has failed.</summary>
    public Task FailAsync(Claim claim, JobError error, CancellationToken cancellationToken) =>
        TellAsync(claim, "fail", JsonContent.Create(error, ContractsJson.Default.JobError), cancellationToken);

    /// <summary>The runner gives the job back; no failure is counted.</summary>
    public Task ReleaseAsync(Claim claim, CancellationToken cancellationToken) => TellAsync(claim, "release", null, cancellationToken);

    private Task<HttpStatusCode> TellAsync(Claim claim, string what, HttpContent? content, CancellationToken cancellationToken) => WithinAsync(_shortCall, async token =>
    {
        using var answer = await http.PostAsync(Place(claim, what), content, token);
        return ThrowUnlessOurs(answer);
    }, cancellationToken);

    private static async Task<T> WithinAsync<T>(TimeSpan limit, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        try
        {
            return await call(timeout.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(FormattableString.Invariant($"The Web did not answer within {limit.TotalSeconds} s."), exception);
        }
        catch (Exception exception) when (exception is JsonException or HttpIOException or InvalidOperationException or NotSupportedException)
        {
            throw new HttpRequestException("The Web's answer was cut off, or something else answered in its place.", exception);
        }
    }

    // Not CopyToAsync: it takes a file that cannot be written for a failure of the network, which is worth another try.
    private static async Task<(long Bytes, string Sha256)> StoreAsync(Stream body, string target, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.Create(target);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[64 * 1024];
            while (await ReceiveAsync(body, buffer, cancellationToken) is > 0 and var read)
            {
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            await file.FlushAsync(cancellationToken);
            return (file.Length, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        catch (IOException exception) when (DiskFullException.Means(exception))
        {
            throw new DiskFullException(exception);
        }
    }

    private static async Task<int> ReceiveAsync(Stream body, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException exception)
        {
            throw new HttpRequestException("The connection to the Web broke.", exception);
        }
    }

    private string Place(Claim claim, string what) => $"{RunnerProtocol.Attempt(identity.Id, claim.JobId, claim.Attempt)}/{what}";

    private static HttpStatusCode ThrowUnlessOurs(HttpResponseMessage answer) =>
        answer.StatusCode == HttpStatusCode.Conflict ? throw new FencedException() : ThrowUnlessWell(answer);

    private static HttpStatusCode ThrowUnlessWell(HttpResponseMessage answer) =>
        answer.IsSuccessStatusCode ? answer.StatusCode : throw new WebRefusalException(answer.StatusCode, answer.Headers.RetryAfter?.Delta);
}
