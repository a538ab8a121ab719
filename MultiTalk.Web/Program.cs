using MultiTalk.ServiceDefaults;
using MultiTalk.Web;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Components;
using MultiTalk.Web.Embedded;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Media;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddJobs(builder.AddEmbedded());
builder.AddMedia();
builder.AddAccess();
// The studio first: it answers a person's failed request with a page, the API any other with a problem.
builder.AddStudio();
builder.AddApi();

var app = builder.Build();
app.UseExceptionHandler();
app.UseAccess();
app.MapDefaultEndpoints();
app.MapSignIn();
app.MapJobsApi();
app.MapQueueApi();
app.MapRunnersApi();
app.MapRunnerApi();
app.MapStudio();
return await app.RunToEndAsync();
