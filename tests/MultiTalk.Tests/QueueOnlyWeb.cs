namespace MultiTalk.Tests;

/// <summary>A Web without a runner: what is submitted stays queued until a test claims it.</summary>
public sealed class QueueOnlyWeb() : TestWeb(new() { ["Embedded:Runner"] = "false", ["Jobs:ClaimPoll"] = "00:00:00.3" });
