using System.Runtime.CompilerServices;

namespace MultiTalk.Tests.Security;

/// <summary>The files of the repository, where the tests run beside it.</summary>
internal static class Repository
{
    /// <summary>Its root.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));

    /// <summary>
    /// Compares a generated document with the one that is kept. <c>MULTITALK_WRITE_DOCS=1</c> writes it instead.
    /// </summary>
    /// <param name="name">Its path below the root.</param>
    /// <param name="text">What it has to hold.</param>
    public static async Task HoldsAsync(string name, string text)
    {
        var path = Path.Combine(Root, name);
        if (Environment.GetEnvironmentVariable("MULTITALK_WRITE_DOCS") == "1")
            await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        Assert.True(File.Exists(path) && await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken) == text,
            $"{name} is out of date. Run the tests once with MULTITALK_WRITE_DOCS=1.");
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
