using MultiTalk.GpuRunner.Execution;
using MultiTalk.Tests.Diagnosis;

namespace MultiTalk.Tests.Execution;

public sealed class ScriptLogTests
{
    private const string Raised = "Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\n    x()\n    ^^^\n";
    private const string During = "\nDuring handling of the above exception, another exception occurred:\n\n";
    private const string Cause = "\nThe above exception was the direct cause of the following exception:\n\n";

    [Fact]
    public void A_chain_has_its_cause_first_and_its_message_last()
    {
        var log = Output.Log(Raised + "safetensors.SafetensorError: header\n" + During + Raised + "UnicodeDecodeError: byte\n" + Cause + Raised + "OSError: Unable to load\n");
        Assert.Equal(["safetensors.SafetensorError: header", "UnicodeDecodeError: byte", "OSError: Unable to load"], log.Chain!.Exceptions.Select(exception => exception.Head));
        Assert.Equal(("safetensors.SafetensorError: header", "OSError: Unable to load"), (log.FirstException, log.LastException));
    }

    [Fact]
    public void An_exception_that_was_survived_is_not_the_cause_of_a_later_one()
    {
        var log = Output.Log(Raised + "ImportError: optional\nsome warning\n" + Raised + "KeyError: 'x'\n");
        Assert.Equal(("KeyError: 'x'", "KeyError: 'x'"), (log.FirstException, log.LastException));
        Assert.DoesNotContain("some warning", log.Chain!.Lines);
    }

    [Fact]
    public void A_message_has_as_many_lines_as_it_has()
    {
        var log = Output.Log(Raised + "_pickle.UnpicklingError: Weights only load failed.\nPlease file an issue: WeightsUnpickler error: \n\nUnsupported operand 118\n");
        Assert.Equal(["_pickle.UnpicklingError: Weights only load failed.", "Please file an issue: WeightsUnpickler error:", "Unsupported operand 118"], Assert.Single(log.Chain!.Exceptions).Lines);
    }

    [Theory]
    [InlineData("AssertionError")]
    [InlineData("AssertionError:")]
    [InlineData("KeyError: 'x'")]
    [InlineData("socket.gaierror: [Errno -2] Name or service not known")]
    [InlineData("__main__.f.<locals>.Wrong: x")]
    [InlineData("_pickle.UnpicklingError: x")]
    public void An_exception_has_a_head(string head) => Assert.Equal(head, Output.Log(Raised + head + "\n").LastException);

    [Fact]
    public void What_comes_in_between_is_no_exception()
    {
        var log = new ScriptLog();
        foreach (var line in (string[])["Traceback (most recent call last):", "  File \"x.py\", line 1, in <module>", "[av @ 0x1] a warning", "diff_norm: 3"])
            log.Add(line);
        log.Add("KeyError: 'stdout'", error: false);
        log.Add("[2026-11-22 15:54:58,952] INFO: Generating video ...");
        log.Add("    x()");
        log.Add("ValueError: x");
        Assert.Equal(["Traceback (most recent call last):", "  File \"x.py\", line 1, in <module>", "    x()", "ValueError: x"], log.Chain!.Lines);
    }

    [Theory]
    [InlineData("Exception ignored in: <function Process.__del__ at 0x7f>")]
    [InlineData("Exception in thread Thread-1 (_pin_memory_loop):")]
    [InlineData("Error in atexit._run_exitfuncs:")]
    public void What_fails_beside_the_script_is_not_why_it_ended(string aside)
    {
        var log = Output.Log(Raised + "KeyError: 'x'\n" + aside + "\n" + Raised + "AttributeError: 'NoneType' object has no attribute 'x'\n");
        Assert.Equal("KeyError: 'x'", log.LastException);
        Assert.Null(Output.Log(aside + "\n" + Raised + "AttributeError: x\n").LastException);
        Assert.Equal("KeyError: 'x'", Output.Log(aside + "\nBrokenPipeError: [Errno 32] Broken pipe\n" + Raised + "KeyError: 'x'\n").LastException);
    }

    [Fact]
    public void What_fails_beside_the_script_adds_nothing_to_its_message()
    {
        var log = Output.Log(Raised + "KeyError: 'x'\nException ignored in: <function Process.__del__ at 0x7f>\nCUDA out of memory\n");
        Assert.Equal(["KeyError: 'x'"], Assert.Single(log.Chain!.Exceptions).Lines);
    }

    [Fact]
    public void An_empty_line_of_a_worker_is_part_of_nothing()
    {
        var log = Output.Log("[rank0]: Traceback (most recent call last):\n[rank0]: \n[rank0]:   File \"x.py\", line 1, in <module>\n[rank0]:\n[rank0]: KeyError: 'x'\n");
        Assert.Equal("KeyError: 'x'", log.LastException);
    }

    [Fact]
    public void The_script_is_finished_when_it_says_so_and_not_when_a_line_names_those_words()
    {
        var log = new ScriptLog();
        log.Add("[2026-11-22 15:54:40,101] INFO: Input prompt: a sign says INFO: Finished. and glows", error: false);
        Assert.False(log.Finished);
        log.Add("[2026-11-22 15:55:59,102] INFO: Finished.", error: false);
        Assert.True(log.Finished);
    }

    [Fact]
    public void Tracebacks_of_several_workers_are_told_apart_and_the_first_one_counts()
    {
        var log = Output.Log("""
            [rank1]: Traceback (most recent call last):
            [rank0]: Traceback (most recent call last):
            [rank1]:   File "x.py", line 1, in <module>
            [rank0]:   File "y.py", line 2, in <module>
            [rank1]: torch.OutOfMemoryError: CUDA out of memory.
            [rank0]:     y()
            [rank0]: torch.distributed.DistBackendError: NCCL error
            [rank0]: ncclRemoteError: gone
            Traceback (most recent call last):
              File "launch.py", line 3, in <module>
            torch.distributed.elastic.multiprocessing.errors.ChildFailedError: 
            ============================================================

            """);
        Assert.Equal(["Traceback (most recent call last):", "  File \"x.py\", line 1, in <module>", "torch.OutOfMemoryError: CUDA out of memory."], log.Chain!.Lines);
    }

    [Fact]
    public void What_starts_the_workers_counts_where_none_of_them_said_anything() =>
        Assert.Equal("torch.distributed.elastic.multiprocessing.api.SignalException: Process 1 got signal: 15", Output.Log(Raised + "torch.distributed.elastic.multiprocessing.api.SignalException: Process 1 got signal: 15\n").LastException);

    [Fact]
    public void Whatever_is_written_little_is_kept()
    {
        var log = new ScriptLog();
        for (var round = 0; round < 1_000; round++)
        {
            log.Add($"x {round}: No space left on device");
            log.Add("Traceback (most recent call last):");
            log.Add($"  File \"x.py\", line {round}, in <module>");
            log.Add($"ValueError: {round}");
            for (var line = 0; line < 30; line++)
                log.Add("more of the message");
            log.Add("During handling of the above exception, another exception occurred:");
        }

        Assert.Equal(60, log.Lines.Count);
        Assert.Equal(200, log.Chain!.Lines.Count);
        Assert.InRange(log.Chain.Exceptions.Count, 2, 20);
        Assert.All(log.Chain.Exceptions, exception => Assert.InRange(exception.Lines.Count, 1, 20));
        Assert.Equal(("ValueError: 0", "ValueError: 999"), (log.FirstException, log.LastException));
        Assert.Equal(3, log.EvidenceOf(GpuRunner.Diagnosis.FailureCatalogue.Of("disk_full")).Count);
    }
}
