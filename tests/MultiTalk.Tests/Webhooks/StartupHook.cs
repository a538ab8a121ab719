using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MultiTalk.Web.Outbound;

/// <summary>
/// What the runtime calls first in a process that was started with <c>DOTNET_STARTUP_HOOKS</c>
/// (https://github.com/dotnet/runtime/blob/main/docs/design/features/host-startup-hook.md): it lets a Web that is a process of its own
/// reach the tests' receivers. Name and place are given by the runtime.
/// </summary>
internal static class StartupHook
{
    /// <summary>The variable that names the certificate to be trusted, by its hash.</summary>
    public const string Trust = "MULTITALK_TESTS_TRUST";

    /// <summary>Called by the runtime.</summary>
    public static void Initialize() => DiagnosticListener.AllListeners.Subscribe(new Observer<DiagnosticListener>(listener =>
    {
        // As Microsoft.AspNetCore.Mvc.Testing does it: the host tells before it is built.
        if (listener.Name == "Microsoft.Extensions.Hosting")
            listener.Subscribe(new Observer<KeyValuePair<string, object?>>(happened => (happened.Value as IHostBuilder)?.ConfigureServices((_, services) => services.AddSingleton(Exceptions()))));
    }));

    private static OutboundExceptions Exceptions()
    {
        var trusted = Environment.GetEnvironmentVariable(Trust);
        return new(["127.0.0.0/8"], (_, certificate, _, _) => certificate?.GetCertHashString() == trusted);
    }

    private sealed class Observer<T>(Action<T> next) : IObserver<T>
    {
        public void OnNext(T value) => next(value);

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
