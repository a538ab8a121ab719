using MultiTalk.GpuRunner.Generation;
using static MultiTalk.Tests.Generation.Planning;

namespace MultiTalk.Tests.Generation;

public sealed class LessResidentTests
{
    private const string Flag = "--num_persistent_param_in_dit";

    private static readonly GenerationPlan _plan = Planner.Plan(Request(new() { PersistentParameters = 11_000_000_000 }, Voice(10)), Engine.MultiTalk);

    [Theory]
    [InlineData(22, 9.4)]
    [InlineData(18.88, 9.4)]
    [InlineData(11, 5.5)]
    [InlineData(5, 2.5)]
    [InlineData(4, 2)]
    [InlineData(3.8, 0)]
    [InlineData(0.1, 0)]
    public void Half_of_what_was_there_stays_or_nothing(double before, double after)
    {
        var less = LessResident.Of(With((long)(before * 1e9)))!;

        Assert.Equal((long)Math.Round(after * 1e9), less.PersistentParameters);
        Assert.Equal(less.PersistentParameters.ToString(), less.Arguments[less.Arguments.ToList().IndexOf(Flag) + 1]);
        Assert.Equal(_plan.Arguments.Count, less.Arguments.Count);
    }

    [Fact]
    public void Without_the_argument_all_of_it_was_there()
    {
        var index = _plan.Arguments.ToList().IndexOf(Flag);
        var less = LessResident.Of(_plan with { PersistentParameters = null, Arguments = [.. _plan.Arguments.Take(index), .. _plan.Arguments.Skip(index + 2)] })!;

        Assert.Equal(9_400_000_000, less.PersistentParameters);
        Assert.Equal([.. _plan.Arguments.Take(index + 1), "9400000000", .. _plan.Arguments.Skip(index + 2)], less.Arguments);
    }

    [Fact]
    public void Nothing_is_left_to_try_with_nothing_there_or_on_several_cards()
    {
        Assert.Null(LessResident.Of(With(0)));
        Assert.Null(LessResident.Of(Planner.Plan(Request(new() { Gpus = 2 }, Voice(10)), Engine.MultiTalk)));
    }

    [Fact]
    public void It_ends_at_nothing()
    {
        var tries = 0;
        for (var plan = With(22_000_000_000); LessResident.Of(plan) is { } less; plan = less)
            tries++;
        Assert.Equal(4, tries);
    }

    [Fact]
    public void The_error_of_the_second_try_says_what_was_tried_and_is_final()
    {
        var error = LessResident.Tried(new("x", "It failed.", "It is so.", "Do this.", []), With(18_900_000_000), With(0));

        Assert.Equal("It was tried twice: all of the model stayed on the card at first, and then nothing of the model. Do this.", error.Remedy);
        Assert.False(error.Retryable);
    }

    private static GenerationPlan With(long parameters) =>
        _plan with { PersistentParameters = parameters, Arguments = [.. _plan.Arguments.Select(argument => argument == "11000000000" ? $"{parameters}" : argument)] };
}
