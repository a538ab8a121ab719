// MultiTalk as one application: F5 here, or `aspire run`, starts all of it with a dashboard, on a laptop without a GPU.
//
//   browser, API ──▶ web ──▶ redis
//                     ▲
//                     └───── runner ──▶ python3 generate_multitalk.py

#pragma warning disable ASPIRECERTIFICATES001 // WithoutHttpsCertificate: https://aka.ms/aspire/diagnostics/ASPIRECERTIFICATES001

var builder = DistributedApplication.CreateBuilder(args);

// What a runner shows the Web: made on the first run, kept in the user secrets, a parameter of every deployment.
var runnerToken = builder.AddParameter("runner-token",
    new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);

// The only state of the Web. Plain on the loopback, as inside a deployment: with TLS, which a trusted development
// certificate would switch on, whatever does not share that trust (redis-cli, IDE plug-ins) fails to connect.
var redis = builder.AddRedis("redis")
    .WithDataVolume()
    .WithArgs(KeepAcceptedJobs)
    .WithoutHttpsCertificate();

var web = builder.AddProject<Projects.MultiTalk_Web>("web")
    .WithReference(redis).WaitFor(redis)
    .WithEnvironment("Access__RunnerToken", runnerToken)
    .WithHttpEndpoint()
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health");

// No reference to Redis: a runner pulls from the Web with one token and nothing else, and so can run anywhere.
var runner = builder.AddProject<Projects.MultiTalk_GpuRunner>("runner")
    .WithReference(web).WaitFor(web)
    .WithEnvironment("Runner__Web", "https+http://web")
    .WithEnvironment("Runner__Token", runnerToken)
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health");

if (builder.ExecutionContext.IsRunMode)
{
    // No GPU is needed to try everything: jobs are previews unless they ask otherwise.
    web.WithEnvironment("Jobs__DefaultEngine", "preview");
    runner.WithEnvironment("Runner__Engine", "preview");

    // Without launch profiles of their own, both get the environment of this one; they write beside what ./run.sh writes.
    foreach (var service in new[] { web, runner })
    {
        service.WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName)
            .WithEnvironment("MULTITALK_DATA", Path.GetFullPath("../data/aspire", builder.AppHostDirectory));
    }
}

builder.Build().Run();

// An accepted job survives a crash (but for its last second) and is never evicted. A data volume alone only takes
// snapshots. Published, Redis is started by one `sh -c` string: what follows it never reaches Redis, so this joins it.
static void KeepAcceptedJobs(CommandLineArgsCallbackContext context)
{
    string[] settings = ["--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"];
    if (context.ExecutionContext.IsPublishMode)
        context.Args[^1] = $"{context.Args[^1]} {string.Join(' ', settings)}";
    else
        settings.ToList().ForEach(context.Args.Add);
}
