using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using MultiTalk.Web.Access;

namespace MultiTalk.Web.Api;

/// <summary>
/// Completes every operation from what its endpoint states already: the scopes from its policy, the problems from its notes, the
/// headers and forms that it reads by itself.
/// </summary>
internal sealed class OpenApiOperations(IAuthorizationPolicyProvider policies) : IOpenApiOperationTransformer
{
    private const string Json = "application/json";
    private const string ProblemType = "application/problem+json";
    private const string Form = "multipart/form-data";

    // What a name means is the same wherever it stands; an endpoint's own [Description] takes precedence.
    private static readonly Dictionary<string, string> _parameters = new()
    {
        ["id"] = "The id, as it was given.",
        ["attempt"] = "The number of the attempt, from 1.",
        ["name"] = "The name, as it was given.",
        ["cursor"] = "Where the page begins: next of the page before; the first page without it.",
        ["limit"] = "How many at most.",
        ["shared"] = "Only those that are shared, whoever's they are.",
        ["retryOf"] = "Only repeats of this job.",
        ["since"] = "Only those submitted at this time or later, such as 2030-01-31T12:00:00Z.",
        ["until"] = "Only those submitted before this time.",
        ["window"] = "Of which time: 1h, 24h or 7d; 1h without it.",
        ["delivery"] = "The delivery's id.",
        ["state"] = "Only those in this state.",
        ["owner"] = "Only those of this owner.",
        ["engine"] = "Only those of this engine.",
        ["kind"] = "Only those of this kind.",
        ["days"] = "How many days.",
    };

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var document = context.Document;
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
            parameter.Description ??= _parameters.GetValueOrDefault(parameter.Name ?? "");
        // One endpoint, two operations, and each needs an id of its own.
        if (HttpMethods.IsHead(context.Description.HttpMethod ?? ""))
            operation.OperationId += "Head";
        AddParts(operation, metadata);
        AddHeaders(operation, metadata);
        if (metadata.OfType<ExampleNote>().LastOrDefault() is { } example && operation.RequestBody?.Content?.TryGetValue(Json, out var type) == true)
            type.Example = example.Body.DeepClone();
        AddProblems(operation, metadata, document);
        operation.Security = [OpenApiServices.Key(document)];
        operation.Description = string.Join("\n\n", new[] { operation.Description, await ScopesAsync(metadata) }.Where(text => !string.IsNullOrEmpty(text)));
    }

    private async Task<string> ScopesAsync(IList<object> metadata)
    {
        var alternatives = new List<string>();
        foreach (var name in metadata.OfType<IAuthorizeData>().Select(data => data.Policy).OfType<string>())
        {
            var policy = await policies.GetPolicyAsync(name);
            alternatives.AddRange(policy?.Requirements.OfType<ClaimsAuthorizationRequirement>()
                .Where(claim => claim.ClaimType == Policies.ScopeClaim).Select(claim => string.Join(" or ", (claim.AllowedValues ?? []).Select(scope => $"`{scope}`"))) ?? []);
        }

        return alternatives.Count == 0 ? "Any key may call it." : $"Needs the scope {string.Join(" and ", alternatives)}.";
    }

    private static void AddHeaders(OpenApiOperation operation, IList<object> metadata)
    {
        foreach (var header in metadata.OfType<HeaderNote>())
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = header.Name,
                In = ParameterLocation.Header,
                Description = header.Description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }
    }

    private static void AddParts(OpenApiOperation operation, IList<object> metadata)
    {
        var parts = metadata.OfType<PartNote>().ToList();
        if (parts.Count == 0)
            return;
        var content = operation.RequestBody?.Content ?? new Dictionary<string, OpenApiMediaType>();
        content[Form] = new OpenApiMediaType
        {
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Properties = parts.ToDictionary(part => part.Name, IOpenApiSchema (part) => new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Format = part.IsFile ? "binary" : null,
                    Description = part.Description,
                }),
            },
        };
        operation.RequestBody = new OpenApiRequestBody { Required = true, Content = content };
    }

    private static void AddProblems(OpenApiOperation operation, IList<object> metadata, OpenApiDocument? document)
    {
        var codes = metadata.OfType<ProblemsNote>().SelectMany(note => note.Codes)
            .Concat(ProblemCatalogue.OfEveryEndpoint)
            .Concat(operation.RequestBody is null ? [] : ProblemCatalogue.OfEveryBody)
            .Distinct().ToList();
        foreach (var problems in codes.Select(ProblemCatalogue.Find).GroupBy(problem => problem.Status).OrderBy(group => group.Key))
        {
            var text = new StringBuilder();
            foreach (var problem in problems)
                text.AppendLine(CultureInfo.InvariantCulture, $"- `{problem.Code}`: {problem.Title} {problem.Remedy}");
            (operation.Responses ??= [])[problems.Key.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = text.ToString().TrimEnd(),
                Content = new Dictionary<string, OpenApiMediaType> { [ProblemType] = new OpenApiMediaType { Schema = OpenApiServices.Problem(document) } },
            };
        }
    }
}
