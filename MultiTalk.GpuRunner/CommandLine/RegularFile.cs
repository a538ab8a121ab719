using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>Tells an ordinary file from a pipe or a device, which .NET does not: for it, both are files.</summary>
internal static class RegularFile
{
    private const int CurrentDirectory = -100;
    private const uint TypeOnly = 1;

    // struct statx is the same on every architecture (statx(2)).
    private const int SizeOfStatx = 256;
    private const int OffsetOfMode = 28;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;

    /// <summary>Whether this is an ordinary file. Where the system cannot be asked, it is taken for one.</summary>
    public static bool Is(string path)
    {
        if (!OperatingSystem.IsLinux())
            return true;
        var statx = new byte[SizeOfStatx];
        return Statx(CurrentDirectory, [.. Encoding.UTF8.GetBytes(path), 0], 0, TypeOnly, statx) != 0
            || (BinaryPrimitives.ReadUInt16LittleEndian(statx.AsSpan(OffsetOfMode)) & TypeMask) == Regular;
    }

    [DllImport("libc", EntryPoint = "statx", ExactSpelling = true)]
    private static extern int Statx(int directory, byte[] path, int flags, uint mask, byte[] result);
}
