using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MultiTalk.Tests.Access;

/// <summary>A small OpenID provider on a loopback port: it signs in whoever comes, by the code flow with PKCE, and signs its tokens.</summary>
public sealed class OpenIdProvider : IAsyncDisposable
{
    /// <summary>What it calls the application.</summary>
    public const string Client = "multitalk";

    /// <summary>The secret of the application.</summary>
    public const string ClientSecret = "a secret between the two";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly RSA _otherRsa = RSA.Create(2048);
    private readonly ConcurrentDictionary<string, (string Nonce, string Challenge)> _codes = [];
    private readonly WebApplication _app;

    private OpenIdProvider(WebApplication app) => _app = app;

    /// <summary>Where it listens; its issuer.</summary>
    public string Address => _app.Urls.First();

    /// <summary>What is in the next tokens, beside what always is.</summary>
    public Dictionary<string, object> Claims { get; } = [];

    /// <summary>What is wrong with the next tokens: <c>issuer</c>, <c>audience</c>, <c>nonce</c>, <c>signature</c>, <c>expired</c> or <c>none</c> for no signature; empty for nothing.</summary>
    public string Fault { get; set; } = "";

    /// <summary>Starts one.</summary>
    public static async Task<OpenIdProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var provider = new OpenIdProvider(builder.Build());
        provider.Map();
        await provider._app.StartAsync();
        return provider;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _rsa.Dispose();
        _otherRsa.Dispose();
    }

    private void Map()
    {
        _app.MapGet("/.well-known/openid-configuration", () => Results.Json(new Dictionary<string, object>
        {
            ["issuer"] = Address,
            ["authorization_endpoint"] = Address + "/authorize",
            ["token_endpoint"] = Address + "/token",
            ["jwks_uri"] = Address + "/keys",
        }));
        _app.MapGet("/keys", () =>
        {
            var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(_rsa.ExportParameters(false)) { KeyId = "1" });
            return Results.Json(new { keys = new[] { new { kty = key.Kty, kid = key.Kid, n = key.N, e = key.E, use = "sig", alg = "RS256" } } });
        });
        _app.MapGet("/authorize", (HttpRequest request) =>
        {
            var query = request.Query;
            if (query["client_id"] != Client || query["response_type"] != "code" || query["code_challenge_method"] != "S256")
                return Results.BadRequest();
            var code = Guid.NewGuid().ToString("n");
            _codes[code] = (query["nonce"]!, query["code_challenge"]!);
            return Results.Redirect($"{query["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(query["state"]!)}");
        });
        _app.MapPost("/token", async (HttpRequest request) =>
        {
            var form = await request.ReadFormAsync();
            if (!_codes.TryRemove(form["code"]!, out var asked) || form["client_secret"] != ClientSecret
                || Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"]!))) != asked.Challenge)
                return Results.Json(new { error = "invalid_grant" }, statusCode: StatusCodes.Status400BadRequest);
            return Results.Json(new { access_token = "opaque", token_type = "Bearer", expires_in = 60, id_token = IdToken(asked.Nonce) });
        });
    }

    private string IdToken(string nonce)
    {
        var claims = new Dictionary<string, object>(Claims) { ["nonce"] = Fault == "nonce" ? "another" : nonce };
        var now = DateTime.UtcNow.AddMinutes(Fault == "expired" ? -60 : 0);
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Fault == "issuer" ? "https://another.example" : Address,
            Audience = Fault == "audience" ? "another" : Client,
            Claims = claims,
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddMinutes(5),
            SigningCredentials = Fault == "none" ? null : new(new RsaSecurityKey(Fault == "signature" ? _otherRsa : _rsa) { KeyId = "1" }, SecurityAlgorithms.RsaSha256),
        });
    }
}
