using System.Security.Cryptography;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.Web.Media;

/// <summary>An upload in the making: a directory of its own, made by <see cref="Scratch"/>.</summary>
public sealed class Incoming : IDisposable
{
    internal Incoming(string scratch) =>
        Path = Directory.CreateDirectory(System.IO.Path.Combine(scratch, Guid.NewGuid().ToString("n"))).FullName;

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

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody cleaned up; why is what was thrown before this.
        }
    }
}
