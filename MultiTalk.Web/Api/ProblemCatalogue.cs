using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http.HttpResults;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Api;

/// <summary>A problem as the documentation shows it.</summary>
/// <param name="Code">Stable, lower case with underscores.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">What is wrong; {…} stands for what the request decides.</param>
/// <param name="Remedy">What to do.</param>
public sealed record CataloguedProblem(string Code, int Status, string Title, string Remedy);

/// <summary>
/// Every problem that <see cref="Problems"/> can answer, read off its methods: what is added there is documented without another
/// list. The reasons why a job is refused are <see cref="RequestCodes"/>.
/// </summary>
public static class ProblemCatalogue
{
    private const string SampleCode = "…";
    private const string Sampled = "{…}";

    // No text holds it otherwise; of bytes, so many megabytes.
    private const int SampleNumber = 7_654_321;
    private const long SampleBytes = (long)SampleNumber << 20;

    private static readonly Lazy<IReadOnlyDictionary<string, CataloguedProblem>> _all = new(() => typeof(Problems)
        .GetMethods(BindingFlags.Public | BindingFlags.Static)
        .Where(method => method.ReturnType == typeof(IResult))
        .SelectMany(Answers)
        .DistinctBy(problem => problem.Code)
        .OrderBy(problem => problem.Code, StringComparer.Ordinal)
        .ToDictionary(problem => problem.Code));

    /// <summary>All of them, by code.</summary>
    public static IReadOnlyDictionary<string, CataloguedProblem> All => _all.Value;

    /// <summary>What any endpoint can answer, whatever it does.</summary>
    public static IReadOnlyList<string> OfEveryEndpoint { get; } =
        ["not_signed_in", "not_allowed", "bad_request", "not_found", "method_not_allowed", "internal_error", "store_unavailable", "request_timeout"];

    /// <summary>What any endpoint that takes a body can answer.</summary>
    public static IReadOnlyList<string> OfEveryBody { get; } = ["antiforgery", "media_type_unsupported", "message_too_large", "upload_too_slow", "store_full"];

    /// <summary>One of <see cref="All"/>, or a reason of <see cref="RequestCodes"/>.</summary>
    /// <exception cref="InvalidOperationException">There is none of that code: an endpoint states one that nothing answers.</exception>
    public static CataloguedProblem Find(string code) =>
        All.GetValueOrDefault(code)
        ?? (RequestCodes.All.Contains(code)
            ? new(code, StatusCodes.Status400BadRequest, "The request cannot be run as it stands.", "The errors say why, each with its remedy.")
            : throw new InvalidOperationException($"No problem has the code \"{code}\". Is it spelled as in Problems?"));

    private static IEnumerable<CataloguedProblem> Answers(MethodInfo method)
    {
        var parameters = method.GetParameters();
        // One that is made of an exception may be another for each status.
        var statuses = parameters.Any(parameter => parameter.ParameterType == typeof(BadHttpRequestException))
            ? new[] { StatusCodes.Status400BadRequest, StatusCodes.Status408RequestTimeout, StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType }
            : [StatusCodes.Status400BadRequest];
        foreach (var status in statuses)
        {
            if (method.Invoke(null, [.. parameters.Select(parameter => Sample(parameter, status))]) is ProblemHttpResult { ProblemDetails: var details }
                && details.Extensions["code"] is string code && code != SampleCode)
            {
                yield return new(code, details.Status!.Value, Told(details.Title), Told(details.Detail));
            }
        }
    }

    private static string Told(string? text) => (text ?? "")
        .Replace(SampleBytes.ToString(CultureInfo.InvariantCulture), Sampled, StringComparison.Ordinal)
        .Replace(SampleNumber.ToString(CultureInfo.InvariantCulture), Sampled, StringComparison.Ordinal);

    private static object? Sample(ParameterInfo parameter, int status) => parameter.ParameterType switch
    {
        var type when type == typeof(string) => Sampled,
        var type when type == typeof(BadHttpRequestException) => new BadHttpRequestException("The answer says what.", status),
        var type when type == typeof(InvalidRequestException) => new InvalidRequestException(SampleCode, "{field}", "{what}", "{remedy}"),
        var type when type.IsAssignableTo(typeof(Exception)) => Activator.CreateInstance(type, "The answer says what."),
        var type when type == typeof(TimeSpan) => TimeSpan.FromSeconds(1),
        var type when type == typeof(int) => SampleNumber,
        var type when type == typeof(long) => SampleBytes,
        var type when type.IsValueType => Activator.CreateInstance(type),
        var type when type == typeof(IReadOnlyList<RequestProblem>) => new List<RequestProblem> { new(SampleCode, "{field}", "{what}", "{remedy}") },
        var type when type.IsArray => Array.CreateInstance(type.GetElementType()!, 0),
        _ => null,
    };
}
