using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Security;

/// <summary>Every code that an answer can carry, in one list and in docs/problems.md.</summary>
public sealed partial class ProblemCatalogueTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private static readonly string[] _rules = ["MultiTalk.GpuRunner/Generation", "MultiTalk.GpuRunner/Media", "MultiTalk.Web/Jobs", "MultiTalk.Web/Media", "MultiTalk.Web/Outbound", "MultiTalk.Web/Webhooks"];

    // Errors with which jobs end; no request is answered with them.
    private static readonly string[] _ofJobs = ["lease_lost", "job_unreadable"];

    [Fact]
    public void Every_code_that_an_endpoint_states_exists()
    {
        var stated = Endpoints().SelectMany(endpoint => endpoint.Metadata.OfType<ProblemsNote>()).SelectMany(note => note.Codes).Distinct();

        Assert.Empty(stated.Except([.. ProblemCatalogue.All.Keys, .. RequestCodes.All]));
    }

    [Fact]
    public void What_any_endpoint_may_answer_exists() =>
        Assert.Empty(ProblemCatalogue.OfEveryEndpoint.Concat(ProblemCatalogue.OfEveryBody).Except(ProblemCatalogue.All.Keys));

    [Fact]
    public void Codes_are_lower_case_with_a_title_and_a_remedy() => Assert.All(ProblemCatalogue.All.Values, problem =>
    {
        Assert.Matches("^[a-z][a-z0-9]*(_[a-z0-9]+)*$", problem.Code);
        Assert.NotEmpty(problem.Title);
        Assert.NotEmpty(problem.Remedy);
        Assert.InRange(problem.Status, 400, 507);
    });

    [Fact]
    public void The_list_of_reasons_holds_every_one_that_the_rules_give() =>
        Assert.Empty(Reasons().Select(reason => reason.Code).Except([.. RequestCodes.All, .. _ofJobs]));

    [Fact]
    public async Task The_documentation_holds_every_code() => await Repository.HoldsAsync("docs/problems.md", Document());

    private string Document()
    {
        var where = Endpoints()
            .SelectMany(endpoint => endpoint.Metadata.OfType<ProblemsNote>().SelectMany(note => note.Codes)
                .Select(code => (code, Name: endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? "")))
            .ToLookup(note => note.code, note => note.Name);
        var text = new StringBuilder("""
            # Problems

            Every error is an RFC 9457 problem: `application/problem+json` with `type`, `title`, `status`, `detail` and `code`. The code is
            stable and what a program looks at; `type` is `urn:multitalk:problem:` and the code; `title` says what is wrong and `detail` what
            to do. `traceId` leads an operator to the log. This page is written by a test (`MULTITALK_WRITE_DOCS=1`).

            ## Answers

            | code | status | what is wrong | what to do | where |
            | --- | --- | --- | --- | --- |

            """);
        foreach (var problem in ProblemCatalogue.All.Values.OrderBy(problem => problem.Code, StringComparer.Ordinal))
            text.AppendLine(CultureInfo.InvariantCulture, $"| `{problem.Code}` | {problem.Status} | {Cell(problem.Title)} | {Cell(problem.Remedy)} | {Where(problem.Code, where)} |");
        text.Append("""

            ## Why a job or a file is refused

            400, with the first reason's code as the problem's own and all of them in `errors` (`code`, `field`, `message`, `remedy`).

            | code | what is wrong | what to do |
            | --- | --- | --- |

            """);
        foreach (var (code, message, remedy) in Reasons().DistinctBy(reason => reason.Code).OrderBy(reason => reason.Code, StringComparer.Ordinal))
            text.AppendLine(CultureInfo.InvariantCulture, $"| `{code}` | {Cell(message)} | {Cell(remedy)} |");
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string Where(string code, ILookup<string, string> where) =>
        ProblemCatalogue.OfEveryEndpoint.Contains(code) ? "everywhere"
        : ProblemCatalogue.OfEveryBody.Contains(code) ? "wherever something is sent"
        : where[code].Any() ? string.Join(", ", where[code].Distinct().Order(StringComparer.Ordinal)) : "runners, or before an endpoint";

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);

    private IEnumerable<RouteEndpoint> Endpoints() => web.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    // The rules are code, so their words are read where they stand; what a request decides shows as {…}.
    private static IEnumerable<(string Code, string Message, string Remedy)> Reasons() =>
        from folder in _rules
        where Directory.Exists(Path.Combine(Repository.Root, folder))
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        where !file.Contains("/obj/", StringComparison.Ordinal)
        let source = File.ReadAllText(file)
        from Match match in Reason().Matches(source)
        from code in Codes(match)
        let texts = Texts(source[match.Index..])
        select (code, texts.ElementAtOrDefault(0) ?? "", texts.ElementAtOrDefault(1) ?? "");

    private static string[] Codes(Match match) => match.Groups["name"].Success
        ? ["options" + match.Groups["code"].Value, "speakers" + match.Groups["code"].Value]
        : [match.Groups["code"].Value];

    // The sentences of the call that begins here: the string literals that hold a space.
    private static List<string> Texts(string source)
    {
        var (depth, end) = (0, 0);
        for (var inText = false; end < source.Length; end++)
        {
            if (source[end] == '"' && source[end - 1] != '\\')
                inText = !inText;
            else if (!inText && source[end] == '(')
                depth++;
            else if (!inText && source[end] == ')' && --depth == 0)
                break;
        }

        return [.. Literal().Matches(source[..end]).Select(match => Hole().Replace(match.Groups[1].Value, "{…}").Replace("\\\"", "\"", StringComparison.Ordinal)).Where(text => text.Contains(' ', StringComparison.Ordinal))];
    }

    [GeneratedRegex("""(?:InvalidRequestException|RequestProblem|new)\(\s*(?:(?<name>name) \+ "(?<code>_invalid)"|"(?<code>[a-z0-9]+(?:_[a-z0-9]+)+)",)""")]
    private static partial Regex Reason();

    // What is in braces may hold literals of its own.
    [GeneratedRegex("""
        "((?:[^"\\{]|\\.|\{\{|\{[^{}]+\})*)"
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Literal();

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Hole();
}
