using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>What .NET does not tell of a file: whether it is an ordinary one and no pipe or device, and whose it is.</summary>
internal static class FileStatus
{
    private const int CurrentDirectory = -100;
    private const int NotThroughLinks = 0x100;
    private const uint TypeAndOwner = 1 | 8;

    // struct statx is the same on every architecture (statx(2)).
    private const int SizeOfStatx = 256;
    private const int OffsetOfOwner = 20;
    private const int OffsetOfMode = 28;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;
    private const int Folder = 0x4000;

    /// <summary>Whether this is an ordinary file, be it behind links. Where the system cannot be asked, it is taken for one.</summary>
    public static bool IsOrdinary(string path) => Read(path, 0) is not { } status || status.Type == Regular;

    /// <summary>Whether this is a directory, no link to one, of the user who runs us. Where the system cannot be asked, it is not.</summary>
    public static bool IsOwnDirectory(string path) => Read(path, NotThroughLinks) is { Type: Folder } status && status.Owner == EffectiveUser();

    private static (int Type, uint Owner)? Read(string path, int flags)
    {
        var statx = new byte[SizeOfStatx];
        return OperatingSystem.IsLinux() && Statx(CurrentDirectory, [.. Encoding.UTF8.GetBytes(path), 0], flags, TypeAndOwner, statx) == 0
            ? (BinaryPrimitives.ReadUInt16LittleEndian(statx.AsSpan(OffsetOfMode)) & TypeMask, BinaryPrimitives.ReadUInt32LittleEndian(statx.AsSpan(OffsetOfOwner)))
            : null;
    }

    [DllImport("libc", EntryPoint = "geteuid", ExactSpelling = true)]
    private static extern uint EffectiveUser();

    [DllImport("libc", EntryPoint = "statx", ExactSpelling = true)]
    private static extern int Statx(int directory, byte[] path, int flags, uint mask, byte[] result);
}
