using System.Text.Json;
using System.Text.Json.Serialization;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>What <c>probe.py facts</c> prints: what a job's interpreter sees in a job's place.</summary>
/// <param name="Version">Three numbers.</param>
/// <param name="Executable">The interpreter itself, behind wrappers.</param>
/// <param name="ArgSpec">Whether <c>inspect.ArgSpec</c> is there.</param>
/// <param name="Directory">Its working directory.</param>
/// <param name="Sees">The names in it.</param>
/// <param name="Weights">The folders below <c>weights</c>, and how many files each has that can be reached.</param>
/// <param name="Inputs">What <c>input.json</c> names.</param>
/// <param name="ScriptDirectory">Where imports are looked for first.</param>
/// <param name="Environment">The names of its variables.</param>
/// <param name="Versions">Of distributions, as they are installed; null for those that are not.</param>
/// <param name="Modules">Where modules would be found; null for those that would not.</param>
/// <param name="User">Who it runs as; null if that has no name.</param>
/// <param name="Caches">The directories that libraries want to write.</param>
/// <param name="Compiler">What Triton would compile with.</param>
/// <param name="EspeakData">Where espeak-ng's data is; null if nowhere.</param>
internal sealed record PythonFacts(
    string Version, string Executable, bool ArgSpec, string Directory, IReadOnlyList<string> Sees, IReadOnlyDictionary<string, int> Weights,
    InputFacts Inputs, string ScriptDirectory, IReadOnlyList<string> Environment, IReadOnlyDictionary<string, string?> Versions,
    IReadOnlyDictionary<string, string?> Modules, string? User, IReadOnlyList<CacheFacts> Caches, CompilerFacts Compiler, string? EspeakData);

/// <summary>What <c>input.json</c> names, and whether it is there.</summary>
internal sealed record InputFacts(IReadOnlyDictionary<string, bool> Files, string? Problem);

/// <summary>A directory that a library wants to write; the problem is null if it can.</summary>
internal sealed record CacheFacts(string Name, string Path, string? Problem);

/// <summary>A C compiler (an empty path if there is none), what it failed with, and Python's header.</summary>
internal sealed record CompilerFacts(string Path, string? Problem, string Header, bool HeaderFound);

/// <summary>What <c>probe.py imports</c> prints.</summary>
/// <param name="FirstStep">Whether it still saw the file that <c>probe.py facts</c> wrote.</param>
/// <param name="Cuda">What the driver's library says.</param>
/// <param name="Imports">How each import went.</param>
internal sealed record ImportFacts(bool FirstStep, CudaFacts Cuda, IReadOnlyDictionary<string, ImportResult> Imports);

/// <summary>How an import went.</summary>
/// <param name="Problem">Null, <c>missing</c>, <c>error</c>, <c>crash</c> or <c>time_out</c>.</param>
/// <param name="Text">What it said; the module's version if it was imported.</param>
/// <param name="Missing">The module that was not found, be it this one or one that this one needs.</param>
/// <param name="Note">What was wrong in spite of a good import.</param>
internal sealed record ImportResult(string? Problem, string Text, string? Missing = null, string? Note = null);

/// <summary>What the driver's library says to a process such as the script's.</summary>
/// <param name="Version">The newest CUDA it knows, as 12040 for 12.4.</param>
/// <param name="Devices">The cards it would let us use.</param>
/// <param name="Text">Why there is no answer.</param>
internal sealed record CudaFacts(int Version = 0, IReadOnlyList<CudaDevice>? Devices = null, string Text = "");

/// <summary>A card as CUDA sees it: a whole one or a slice.</summary>
internal sealed record CudaDevice(string Name, double Capability, double Bytes);

/// <summary>How <c>probe.py</c> writes.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PythonFacts))]
[JsonSerializable(typeof(ImportFacts))]
internal sealed partial class ProbeJson : JsonSerializerContext;
