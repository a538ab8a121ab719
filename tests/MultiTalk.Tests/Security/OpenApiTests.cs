using System.Net;
using System.Text.Json;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Security;

public sealed class OpenApiTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    [Fact]
    public async Task The_API_is_described_to_who_may_call_it_only()
    {
        using var stranger = web.Stranger();

        using var document = await stranger.GetAsync(OpenApiServices.Document, TestContext.Current.CancellationToken);
        using var reader = await stranger.GetAsync(OpenApiServices.Reader + "/", TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (document.StatusCode, reader.StatusCode));
    }

    [Fact]
    public async Task Every_operation_says_what_it_does_what_it_takes_and_what_it_answers()
    {
        using var document = await DocumentAsync();
        var tags = document.RootElement.GetProperty("tags").EnumerateArray().ToDictionary(tag => tag.GetProperty("name").GetString()!, tag => tag.GetProperty("description").GetString());
        List<string> missing = [];

        foreach (var (name, operation) in Operations(document))
        {
            Need(name, "a summary", operation.TryGetProperty("summary", out _));
            Need(name, "a description", operation.TryGetProperty("description", out var description) && !description.GetString()!.StartsWith("Needs the scope", StringComparison.Ordinal));
            Need(name, "its scopes", description.ValueKind == JsonValueKind.String && (description.GetString()!.Contains("Needs the scope", StringComparison.Ordinal) || description.GetString()!.Contains("Any key", StringComparison.Ordinal)));
            Need(name, "an id", operation.TryGetProperty("operationId", out _));
            Need(name, "a security requirement", operation.GetProperty("security")[0].TryGetProperty("bearer", out _));
            Need(name, "a tag with a description", operation.TryGetProperty("tags", out var tagged) && tagged.EnumerateArray().All(tag => !string.IsNullOrEmpty(tags.GetValueOrDefault(tag.GetString()!))));
            var answers = operation.GetProperty("responses").EnumerateObject().ToList();
            Need(name, "a success", answers.Any(answer => answer.Name[0] is '2' or '3'));
            Need(name, "what its success holds", answers.All(answer => answer.Name is not ("200" or "201" or "202") || answer.Value.TryGetProperty("content", out _)));
            Need(name, "its problems", answers.Where(answer => answer.Name[0] is '4' or '5').All(answer =>
                answer.Value.GetProperty("content").TryGetProperty("application/problem+json", out _) && answer.Value.GetProperty("description").GetString()!.Contains('`', StringComparison.Ordinal)));
            if (operation.TryGetProperty("parameters", out var parameters))
            {
                foreach (var parameter in parameters.EnumerateArray())
                    Need(name, $"a description of {parameter.GetProperty("name")}", parameter.TryGetProperty("description", out _));
            }

            if (operation.TryGetProperty("requestBody", out var body) && body.GetProperty("content").TryGetProperty("application/json", out var json))
                Need(name, "an example", json.TryGetProperty("example", out _) || json.TryGetProperty("examples", out _));
        }

        Assert.True(missing.Count == 0, string.Join(Environment.NewLine, missing));

        void Need(string name, string what, bool there)
        {
            if (!there)
                missing.Add($"{name} lacks {what}.");
        }
    }

    [Fact]
    public async Task The_words_of_the_code_reach_the_document()
    {
        using var document = await DocumentAsync();

        var job = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("JobDocument");

        Assert.Equal("A job as the API shows it.", job.GetProperty("description").GetString());
        Assert.Equal("0 to 100.", job.GetProperty("properties").GetProperty("percent").GetProperty("description").GetString());
    }

    [Fact]
    public async Task What_runners_and_pages_call_is_not_in_it()
    {
        using var document = await DocumentAsync();

        Assert.All(document.RootElement.GetProperty("paths").EnumerateObject(), path => Assert.StartsWith("/api/v1/", path.Name, StringComparison.Ordinal));
    }

    private static IEnumerable<(string Name, JsonElement Operation)> Operations(JsonDocument document) =>
        from path in document.RootElement.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        where operation.Value.ValueKind == JsonValueKind.Object
        select ($"{operation.Name} {path.Name}", operation.Value);

    private async Task<JsonDocument> DocumentAsync()
    {
        using var client = await web.ClientAsync("someone", Scopes.Read);
        return JsonDocument.Parse(await client.GetStringAsync(OpenApiServices.Document, TestContext.Current.CancellationToken));
    }
}
