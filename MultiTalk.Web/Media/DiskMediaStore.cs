using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.Web.Media;

/// <summary>
/// The bytes of jobs on disk: <c>jobs/{id}/</c> holds the inputs and each attempt's output. What arrives is written
/// beside them, in <c>incoming/</c>, and moved in whole.
/// </summary>
public sealed class DiskMediaStore : IHostedService
{
    // No upload takes this long; older ones belong to a Web that was killed.
    private static readonly TimeSpan _abandonedAfter = TimeSpan.FromHours(6);

    private const string OutputPrefix = "output-";

    private readonly MediaOptions _options;
    private readonly TimeProvider _time;
    private readonly string _jobs;
    private readonly string _incoming;

    /// <summary>Touches nothing yet.</summary>
    public DiskMediaStore(IOptions<MediaOptions> options, TimeProvider time)
    {
        (_options, _time) = (options.Value, time);
        _jobs = Path.Combine(_options.Directory, "jobs");
        _incoming = Path.Combine(_options.Directory, "incoming");
    }

    /// <summary>Makes the directories and removes what a killed Web left half-done.</summary>
    /// <exception cref="IOException">The directory of the media cannot be written: better said now than at the first upload.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_jobs);
        var abandoned = Directory.CreateDirectory(_incoming).GetFileSystemInfos()
            .Where(upload => _time.GetUtcNow() - upload.LastWriteTimeUtc > _abandonedAfter);
        foreach (var upload in abandoned)
        {
            if (upload is DirectoryInfo directory)
                directory.Delete(recursive: true);
            else
                upload.Delete();
        }

        NewIncoming().Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A directory of its own for a submission in the making; gone when disposed, unless it was kept.</summary>
    public Incoming NewIncoming() => new(Directory.CreateDirectory(Path.Combine(_incoming, Guid.NewGuid().ToString("n"))).FullName, _jobs);

    /// <summary>A file of a job, to be read; null if there is none.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="name">A name that this program gave; a client's would have to be checked first.</param>
    public string? Find(string job, string name)
    {
        var path = Path.Combine(_jobs, job, name);
        return File.Exists(path) ? path : null;
    }

    /// <summary>An attempt's output, to be read; null if there is none.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="attempt">The attempt's number.</param>
    /// <param name="sha256">The hash of the output, as a runner said it.</param>
    public string? FindOutput(string job, int attempt, string sha256) =>
        sha256.Length == 2 * SHA256.HashSizeInBytes && sha256.All(char.IsAsciiHexDigitLower) ? Find(job, OutputName(attempt, sha256)) : null;

    /// <summary>Stores an attempt's output, whole or not at all.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="attempt">The attempt's number.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="sha256">What their hash has to be.</param>
    /// <param name="cancellationToken">Ends the upload; nothing stays.</param>
    /// <returns>False if the bytes have another hash.</returns>
    public async Task<bool> SaveOutputAsync(string job, int attempt, Stream content, string sha256, CancellationToken cancellationToken)
    {
        var target = Path.Combine(_jobs, job, OutputName(attempt, sha256));
        var partial = Path.Combine(_incoming, Guid.NewGuid().ToString("n"));
        try
        {
            if (await Hashed.CopyAsync(content, partial, "output", _options.MaxOutputBytes, cancellationToken) != sha256)
                return false;
            File.Move(partial, target, overwrite: true);
            return true;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>Removes an attempt's output.</summary>
    public void DeleteOutput(string job, int attempt, string sha256)
    {
        if (FindOutput(job, attempt, sha256) is { } output)
            File.Delete(output);
    }

    /// <summary>Removes the outputs of a job's attempts but for the published one.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="published">The path of the published output; null for none.</param>
    public void DeleteOutputs(string job, string? published)
    {
        var directory = new DirectoryInfo(Path.Combine(_jobs, job));
        if (!directory.Exists)
            return;
        foreach (var output in directory.EnumerateFiles(OutputPrefix + "*").Where(output => output.FullName != published))
            output.Delete();
    }

    /// <summary>Copies the inputs of a job to a submission in the making.</summary>
    /// <exception cref="FileNotFoundException">They are not there any more.</exception>
    public async Task CopyAsync(string job, IEnumerable<string> names, Incoming incoming, CancellationToken cancellationToken)
    {
        foreach (var name in names)
        {
            await using var input = File.OpenRead(Path.Combine(_jobs, job, name));
            await Hashed.CopyAsync(input, incoming.File(name), name, long.MaxValue, cancellationToken);
        }
    }

    // The hash in the name makes a repeated upload harmless and a mixed-up one visible.
    private static string OutputName(int attempt, string sha256) => $"{OutputPrefix}{attempt}-{sha256}.mp4";

    /// <summary>Removes everything of a job.</summary>
    public void Delete(string job)
    {
        var path = Path.Combine(_jobs, job);
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another Web was faster.
        }
    }

    /// <summary>A submission in the making.</summary>
    public sealed class Incoming : IDisposable
    {
        private readonly string _jobs;
        private bool _kept;

        internal Incoming(string path, string jobs) => (Path, _jobs) = (path, jobs);

        /// <summary>The directory.</summary>
        public string Path { get; }

        /// <summary>The path of a file in it.</summary>
        public string File(string name) => System.IO.Path.Combine(Path, name);

        /// <summary>Measures a finished input.</summary>
        public async Task<InputFile> DescribeAsync(string name, CancellationToken cancellationToken)
        {
            await using var stream = System.IO.File.OpenRead(File(name));
            return new InputFile(name, stream.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)));
        }

        /// <summary>Makes it the place of a job.</summary>
        public void Keep(string job)
        {
            Directory.Move(Path, System.IO.Path.Combine(_jobs, job));
            _kept = true;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (!_kept)
                Directory.Delete(Path, recursive: true);
        }
    }
}
