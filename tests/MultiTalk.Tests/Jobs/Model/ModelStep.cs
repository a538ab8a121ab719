using CsCheck;

namespace MultiTalk.Tests.Jobs.Model;

/// <summary>What can happen to the store.</summary>
internal enum Act
{
    Submit,
    Claim,
    Heartbeat,
    Complete,
    Fail,
    Release,
    Cancel,
    Prioritize,
    Front,
    Share,
    Pause,
    Resume,
    Drain,
    Undrain,
    Register,
    Leave,
    Ask,
    Expire,
    Outage,
    ForgetJob,
    ForgetRunner,
    Look,
}

/// <summary>One thing that happens; the numbers choose to whom, among those that are there then.</summary>
internal sealed record ModelStep(Act Act, int A, int B, int C)
{
    private static readonly Gen<int> _number = Gen.Int[0, 1000];

    private static readonly Gen<Act> _act = Gen.Frequency(
        (12, Act.Submit), (12, Act.Claim), (6, Act.Heartbeat), (4, Act.Complete), (5, Act.Fail), (4, Act.Release), (5, Act.Cancel), (3, Act.Prioritize), (2, Act.Front), (3, Act.Share),
        (1, Act.Pause), (3, Act.Resume), (1, Act.Drain), (3, Act.Undrain), (1, Act.Register), (1, Act.Leave), (2, Act.Ask), (2, Act.Expire), (1, Act.Outage),
        (2, Act.ForgetJob), (1, Act.ForgetRunner), (1, Act.Look));

    /// <summary>Up to sixty, one after another.</summary>
    public static Gen<ModelStep[]> Sequences { get; } = Gen.Select(_act, _number, _number, _number, (act, a, b, c) => new ModelStep(act, a, b, c)).Array[1, 60];
}
