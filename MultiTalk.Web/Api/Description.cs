using System.Text.Json.Nodes;

namespace MultiTalk.Web.Api;

/// <summary>The problems that an endpoint can answer beside those that every endpoint can.</summary>
/// <param name="Codes">Codes of <see cref="ProblemCatalogue"/>.</param>
public sealed record ProblemsNote(IReadOnlyList<string> Codes);

/// <summary>A header that an endpoint reads.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does.</param>
internal sealed record HeaderNote(string Name, string Description);

/// <summary>A part of a multipart form that an endpoint reads from the body itself.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it holds.</param>
/// <param name="IsFile">Whether it is a file; otherwise a text.</param>
internal sealed record PartNote(string Name, string Description, bool IsFile = false);

/// <summary>An example of what an endpoint takes.</summary>
/// <param name="Body">The body as JSON.</param>
internal sealed record ExampleNote(JsonNode Body);

/// <summary>What an endpoint tells the OpenAPI document that its signature does not.</summary>
internal static class Description
{
    /// <summary>States the problems that the endpoint itself answers.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="codes">Codes of <see cref="ProblemCatalogue"/>.</param>
    public static TBuilder WithProblems<TBuilder>(this TBuilder endpoint, params string[] codes)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new ProblemsNote(codes));

    /// <summary>States a header that the endpoint reads.</summary>
    public static TBuilder WithHeader<TBuilder>(this TBuilder endpoint, string name, string description)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new HeaderNote(name, description));

    /// <summary>States the parts of the form that the endpoint reads.</summary>
    public static TBuilder WithParts<TBuilder>(this TBuilder endpoint, params PartNote[] parts)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata([.. parts]);

    /// <summary>Shows a body that the endpoint takes.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="json">The body as JSON.</param>
    public static TBuilder WithExample<TBuilder>(this TBuilder endpoint, string json)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new ExampleNote(JsonNode.Parse(json)!));
}
