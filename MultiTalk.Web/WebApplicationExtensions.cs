using Microsoft.Extensions.Options;

namespace MultiTalk.Web;

/// <summary>Runs the application to its end.</summary>
public static class WebApplicationExtensions
{
    /// <summary>Runs the application; what keeps it from starting and can be put right is said in a sentence, last.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunToEndAsync(this WebApplication app)
    {
        try
        {
            await app.RunAsync();
            return 0;
        }
        // An IOException at the start is an address in use or a directory that cannot be written.
        catch (Exception exception) when (exception is StartException or OptionsValidationException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"{Environment.NewLine}MultiTalk cannot start. {exception.Message}");
            return 1;
        }
    }
}
