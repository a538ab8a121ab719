using System.Text.RegularExpressions;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Security;

/// <summary>A program looks at the code of a problem alone, so one code means one thing.</summary>
public sealed partial class ProblemCodesTests
{
    // The same is wrong, whether the whole request is about it or a part of it.
    private static readonly string[] _both = ["media_not_found", "priority_invalid"];

    [Fact]
    public void A_code_is_an_answer_or_a_reason_and_not_both() => Assert.Equal(_both, ProblemCatalogue.All.Keys.Intersect(RequestCodes.All).Order(StringComparer.Ordinal));

    [Fact]
    public void A_code_has_one_status()
    {
        var statuses = Directory.EnumerateFiles(Path.Combine(Repository.Root, "MultiTalk.Web", "Api"), "Problems*.cs")
            .SelectMany(file => Problem().Matches(File.ReadAllText(file)))
            .ToLookup(match => match.Groups["code"].Value, match => match.Groups["status"].Value);

        Assert.True(statuses.Count > 50, $"Only {statuses.Count} codes were found.");
        Assert.Empty(statuses.Where(code => code.Distinct().Count() > 1).Select(code => $"{code.Key}: {string.Join(", ", code)}"));
    }

    [GeneratedRegex("""StatusCodes\.Status(?<status>\d+)\w*,\s*"(?<code>[a-z0-9_]+)",""")]
    private static partial Regex Problem();
}
