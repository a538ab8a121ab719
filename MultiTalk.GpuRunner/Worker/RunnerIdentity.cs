using System.Security.Cryptography;
using System.Text;

namespace MultiTalk.GpuRunner.Worker;

/// <summary>
/// Who a runner is, over restarts: registering again frees what it held. The identity lies in a file beside the workspaces
/// and is locked while in use, so that a second runner in the same directory takes the next one instead of the same.
/// </summary>
public sealed class RunnerIdentity : IDisposable
{
    private const int MaxRunners = 64;
    private const int Digits = 32;

    private readonly FileStream _file;

    private RunnerIdentity(FileStream file, string id) => (_file, Id) = (file, id);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public string Id { get; }

    /// <summary>Takes the first identity that no living runner uses; makes one if there is none.</summary>
    /// <param name="directory">Where workspaces are; made if absent.</param>
    /// <exception cref="IOException">The directory cannot be written, or 64 runners use it.</exception>
    public static RunnerIdentity Take(string directory)
    {
        Directory.CreateDirectory(directory);
        for (var number = 1; ; number++)
        {
            FileStream file;
            try
            {
                var path = Path.Combine(directory, FormattableString.Invariant($"runner-{number}.id"));
                file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (number < MaxRunners && Directory.Exists(directory))
            {
                continue;
            }

            return new(file, ReadOrWrite(file));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string ReadOrWrite(FileStream file)
    {
        var bytes = new byte[Digits];
        var read = file.ReadAtLeast(bytes, Digits, throwOnEndOfStream: false);
        var id = Encoding.ASCII.GetString(bytes);
        if (read == Digits && id.All(char.IsAsciiHexDigitLower))
            return id;

        // New, or cut off by a crash while it was written: nobody was told an unfinished identity.
        id = RandomNumberGenerator.GetHexString(Digits, lowercase: true);
        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes(id));
        file.Flush(flushToDisk: true);
        return id;
    }
}
