namespace MultiTalk.GpuRunner.Colab;

/// <summary>Something wrong with a model volume.</summary>
/// <param name="Code">
/// Stable: <c>volume_missing</c>, <c>folder_missing</c>, <c>file_missing</c>, <c>file_empty</c>, <c>file_truncated</c>,
/// <c>file_is_pointer</c>, <c>unreadable</c>, <c>index_missing</c>, <c>index_not_multitalk</c>, <c>shard_missing</c>,
/// <c>base_not_i2v</c>, <c>quant_map_missing</c> or <c>lora_layout</c>.
/// </param>
/// <param name="File">The path of the file or folder; empty if no volume is set.</param>
/// <param name="Message">What is wrong and what comes of it.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record ModelProblem(string Code, string File, string Message, string Remedy)
{
    /// <summary>The sets of <see cref="Generation.ModelSet"/> that it takes away.</summary>
    public required IReadOnlyList<string> Sets { get; init; }
}
