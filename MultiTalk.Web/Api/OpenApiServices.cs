using Microsoft.OpenApi;
using MultiTalk.Web.Access;
using Scalar.AspNetCore;

namespace MultiTalk.Web.Api;

/// <summary>
/// The API described (OpenAPI) and a reader of that description. Both are for whoever can call the API, a person or a key: what
/// there is to call is nobody else's business, and an open address of 200 KB is one more to be hammered.
/// </summary>
public static class OpenApiServices
{
    /// <summary>The description.</summary>
    public const string Document = "/openapi/v1.json";

    /// <summary>The reader.</summary>
    public const string Reader = "/docs";

    private const string Version = "v1";
    private const string Bearer = "bearer";
    private const string ApiPath = "api/";

    private const string Introduction = """
        Videos of people who talk, from a picture and a voice: submit a job, follow it, fetch its video.

        Send an API key as `Authorization: Bearer <key>`; what a key may do are its scopes. Every error is an RFC 9457 problem with a stable
        `code`, a `title` that says what is wrong and a `detail` that says what to do. Lists are pages: ask again with `cursor` set to `next`
        until `next` is missing. A write that might be repeated carries an `Idempotency-Key`. What belongs to somebody else does not exist: 404.
        """;

    private static readonly (string Name, string Description)[] _tags =
    [
        ("Jobs", "A job makes one video. It is queued, run by a runner, and ends as succeeded, failed or canceled."),
        ("Media", "Pictures and voices that are uploaded once and used by many jobs."),
        ("Events", "What happens to jobs, as server-sent events."),
        ("Queue", "The order of the jobs that wait."),
        ("Runners", "The programs that run jobs, one a graphics card."),
        ("Stats", "Depth of the queue, waits and throughput; also for autoscalers."),
        ("Keys", "API keys, their scopes and limits."),
        ("Runner tokens", "What runners show of themselves, one each."),
        ("Me", "Who calls, and what was used of what may be."),
        ("Settings", "What operators can change while it runs."),
        ("Webhooks", "Addresses that are told of a job's events."),
        ("Health", "What is wrong with the server, for its operators."),
    ];

    /// <summary>Adds the description.</summary>
    public static void AddApiDescription(this WebApplicationBuilder builder) => builder.Services.AddOpenApi(Version, options =>
    {
        options.ShouldInclude = description => description.RelativePath?.StartsWith(ApiPath, StringComparison.Ordinal) == true;
        options.AddOperationTransformer<OpenApiOperations>();
        options.AddDocumentTransformer((document, _, _) =>
        {
            Complete(document);
            return Task.CompletedTask;
        });
    });

    /// <summary>Maps the description and its reader.</summary>
    public static IEndpointRouteBuilder MapApiDescription(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").RequireAuthorization(Policies.Known);
        // Its script comes from this site, and carries a nonce (SecurityHeaders); nothing is fetched from elsewhere.
        app.MapScalarApiReference(Reader, options => options
            .WithTitle("MultiTalk API")
            .WithOpenApiRoutePattern(Document)
            .DisableDefaultFonts()
            .DisableTelemetry()
            .DisableAgent()
            .DisableMcp()
            .HideDeveloperTools()
            .HideClientButton()
            .WithNonce()).RequireAuthorization(Policies.Known);
        return app;
    }

    /// <summary>The schema of every problem, by its name in the document.</summary>
    internal static OpenApiSchemaReference Problem(OpenApiDocument? document) => new(nameof(Problem), document);

    /// <summary>What a call must show.</summary>
    internal static OpenApiSecurityRequirement Key(OpenApiDocument? document) => new() { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] };

    private static void Complete(OpenApiDocument document)
    {
        document.Info = new() { Title = "MultiTalk", Version = Version, Description = Introduction };
        // Where it was asked for: it is the same behind every name that a proxy gives it.
        document.Servers = [new() { Url = "/" }];
        var components = document.Components ??= new();
        components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = Bearer,
            Description = "An API key. A person's session in the browser works as well; a write then needs the antiforgery token of a page.",
        };
        components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        components.Schemas[nameof(Problem)] = ProblemSchema();

        var used = document.Paths.Values.SelectMany(path => path.Operations is { } operations ? operations.Values.SelectMany(operation => operation.Tags ?? new HashSet<OpenApiTagReference>()) : [])
            .Select(tag => tag.Name).ToHashSet();
        document.Tags = _tags.Where(tag => used.Contains(tag.Name)).Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }).ToHashSet();
    }

    private static OpenApiSchema ProblemSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "An error (RFC 9457).",
        Required = new HashSet<string> { "type", "title", "status", "detail", "code" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Text("urn:multitalk:problem: and the code."),
            ["title"] = Text("What is wrong, in a sentence."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The HTTP status." },
            ["detail"] = Text("What to do."),
            ["code"] = Text("Stable; what a program looks at."),
            ["traceId"] = Text("Tell it to the operator."),
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Description = "Every reason why a job was refused.",
                Items = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        ["code"] = Text("Stable."),
                        ["field"] = Text("The part of the request that it is about."),
                        ["message"] = Text("What is wrong."),
                        ["remedy"] = Text("What to do."),
                    },
                },
            },
        },
    };

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
}
