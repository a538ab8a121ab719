namespace MultiTalk.GpuRunner.Contracts;

/// <summary>One of the nine differences between Colab and a machine, checked on that machine: a row of the parity report.</summary>
/// <param name="Number">1 to 9, as in docs/contract.md, "The nine differences".</param>
/// <param name="Difference">Its name, such as "working directory".</param>
/// <param name="Colab">How it is on Colab.</param>
/// <param name="Here">What was found here, in words.</param>
/// <param name="Ok">Whether it is as on Colab here.</param>
/// <param name="Remedy">What to do about it; empty where there is nothing to do.</param>
public sealed record ParityCheck(int Number, string Difference, string Colab, string Here, bool Ok, string Remedy);
