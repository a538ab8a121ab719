using System.Reflection;
using System.Text.RegularExpressions;
using MultiTalk.GpuRunner;
using MultiTalk.Tests.Security;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Media;
using MultiTalk.Web.Webhooks;

namespace MultiTalk.Tests.Docs;

public sealed partial class DocumentTests
{
    private static readonly Dictionary<string, Type> _sections = new()
    {
        [AccessOptions.Section] = typeof(AccessOptions),
        [ApiOptions.Section] = typeof(ApiOptions),
        [JobsOptions.Section] = typeof(JobsOptions),
        [MediaOptions.Section] = typeof(MediaOptions),
        [RunnerOptions.Section] = typeof(RunnerOptions),
        [WebhookOptions.Section] = typeof(WebhookOptions),
    };

    /// <summary>The documents that people read.</summary>
    public static TheoryData<string> Documents =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md")).Select(path => Path.GetRelativePath(Repository.Root, path))];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Every_link_leads_somewhere(string document)
    {
        var path = Path.Combine(Repository.Root, document);
        foreach (Match link in Link().Matches(await ReadAsync(path)))
        {
            var (file, heading) = (link.Groups[1].Value, link.Groups[2].Value);
            var target = file.Length == 0 ? path : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, file));
            Assert.True(Path.Exists(target), $"{document} links to {file}, which is not there.");
            Assert.True(heading.Length == 0 || Heading().Matches(await ReadAsync(target)).Any(found => Anchor(found.Groups[1].Value) == heading), $"{document} links to {file}#{heading}, which is not there.");
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Every_setting_exists(string document)
    {
        List<string> unknown = [];
        foreach (var line in (await ReadAsync(Path.Combine(Repository.Root, document))).Split('\n'))
        {
            string? section = null;
            // The first cell of a row: names that follow a whole one belong to the same section.
            var cell = line.StartsWith("| ", StringComparison.Ordinal) ? line[..line.IndexOf(" | ", StringComparison.Ordinal)] : "";
            foreach (Match name in Name().Matches(line))
            {
                var setting = name.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal);
                if (_sections.ContainsKey(setting.Split(':')[0]) && setting.Contains(':', StringComparison.Ordinal))
                    section = setting[..setting.LastIndexOf(':')];
                else if (section is not null && name.Index < cell.Length && !setting.Contains(':', StringComparison.Ordinal))
                    setting = $"{section}:{setting}";
                else
                    continue;
                if (!Exists(setting.Split(':')))
                    unknown.Add(setting);
            }
        }

        Assert.Empty(unknown);
    }

    private static bool Exists(string[] setting)
    {
        var type = _sections[setting[0]];
        foreach (var name in setting[1..])
        {
            if (name == "*")
                return true;
            if (type.GetProperty(name, BindingFlags.Public | BindingFlags.Instance) is not { } property)
                return false;
            type = property.PropertyType;
        }

        return true;
    }

    private static Task<string> ReadAsync(string path) => File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);

    // As GitHub makes them.
    private static string Anchor(string heading) => string.Concat(heading.ToLowerInvariant().Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '-')).Replace(' ', '-');

    [GeneratedRegex(@"\]\((?![a-z]+:)([^)#]*)(?:#([^)]*))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("`([A-Za-z0-9]+(?:(?::|__)[A-Za-z0-9*]+)*)(?:=[^`]*)?`")]
    private static partial Regex Name();
}
