using MultiTalk.GpuRunner.CommandLine;

return await Verbs.RunAsync(args);
