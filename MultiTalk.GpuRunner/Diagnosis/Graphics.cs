using System.Globalization;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>The cards of the machine: from the driver's library, as a job would see them, or else from <c>nvidia-smi</c>.</summary>
/// <param name="Facts">Null without a card.</param>
/// <param name="SmiProblem">Why <c>nvidia-smi</c> names none.</param>
/// <param name="Cuda">What the driver's library says to a job; null if nobody could ask it.</param>
internal sealed record GpuFindings(GpuFacts? Facts, string? SmiProblem, CudaFacts? Cuda);

/// <summary>Asks about cards.</summary>
internal static class Graphics
{
    // What cards are sold as, in GiB. A driver counts up to a tenth less where it keeps some for error correction.
    private static readonly double[] _sold = [4, 5, 6, 8, 10, 11, 12, 16, 20, 24, 32, 40, 48, 64, 80, 94, 96, 128, 141, 180, 192, 288];

    /// <summary>Asks <c>nvidia-smi</c>.</summary>
    public static async Task<(IReadOnlyList<GpuFacts> Cards, string? Problem)> AskSmiAsync(Machine machine, CancellationToken cancellationToken)
    {
        if (machine.Find("nvidia-smi") is not { } program)
            return ([], "there is no nvidia-smi");
        string[] query = ["--query-gpu=name,memory.total,driver_version,compute_cap", "--format=csv,noheader,nounits"];
        var result = await BoundedProgram.RunAsync(program, query, machine, machine.Patience, cancellationToken);
        if (result.Problem is not null)
            return ([], $"nvidia-smi {result.Problem}");
        var cards = result.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Read).OfType<GpuFacts>().ToList();
        return cards.Count > 0 ? (cards, null) : ([], "nvidia-smi names no card");
    }

    /// <summary>Brings both answers together.</summary>
    public static GpuFindings Combine((IReadOnlyList<GpuFacts> Cards, string? Problem) smi, CudaFacts? cuda)
    {
        // What CUDA shows is what a job can use: one slice of a card, or only some of the cards.
        IReadOnlyList<GpuFacts> cards = cuda?.Devices is { Count: > 0 } devices
            ? [.. devices.Select(device => new GpuFacts(device.Name, AsSold(device.Bytes / Math.Pow(1024, 3)), 1, device.Capability))]
            : smi.Cards;
        var facts = cards.Count == 0 ? null : cards[0] with
        {
            MemoryGb = cards.Min(card => card.MemoryGb),
            Count = cards.Count,
            ComputeCapability = cards.Min(card => card.ComputeCapability),
            Driver = smi.Cards is [var first, ..] ? first.Driver : "",
        };
        return new(facts, smi.Problem, cuda);
    }

    /// <summary>The size as which a card is sold.</summary>
    internal static double AsSold(double gib) =>
        _sold.Where(size => gib <= size + 0.2 && gib >= size * 0.9).Select(size => (double?)size).FirstOrDefault() ?? Math.Round(gib, 1);

    // The name may hold commas. "[N/A]" stands where a card is cut into slices.
    private static GpuFacts? Read(string line)
    {
        var fields = line.Split(',', StringSplitOptions.TrimEntries);
        if (fields.Length < 4)
            return null;
        var (name, memory, capability) = (string.Join(", ", fields[..^3]), Number(fields[^3]), Number(fields[^1]));
        var driver = fields[^2].Split('.').All(part => part.Length > 0 && part.All(char.IsAsciiDigit)) ? fields[^2] : "";
        return name.Length == 0 || (memory == 0 && driver.Length == 0) ? null : new(name, AsSold(memory / 1024), 1, capability, driver);
    }

    private static double Number(string text) => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
