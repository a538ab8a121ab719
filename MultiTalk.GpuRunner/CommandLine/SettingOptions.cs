using System.CommandLine;
using System.Globalization;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>The command line's form of <see cref="GenerationOptions"/>.</summary>
internal sealed class SettingOptions
{
    private readonly Option<string?> _engine = new("--engine") { Description = "preview (needs no GPU) or multitalk; what this runner is set to unless given." };
    private readonly Option<string?> _preset = new("--preset") { Description = $"{string.Join(", ", Preset.Names)}; {Preset.Standard} unless given." };
    private readonly Option<int?> _size = NumberOption.Create<int>("--size", "480 (unless given) or 720.");
    private readonly Option<int?> _steps = NumberOption.Create<int>("--steps", "Sampling steps a segment, 1 to 100; the preset's unless given.");
    private readonly Option<long?> _seed = NumberOption.Create<long>("--seed", "0 to 4294967295; random unless given.");
    private readonly Option<string?> _audioType = new("--audio-type") { Description = "How two voices are joined: add (one after the other, unless given) or para (together)." };
    private readonly Option<string?> _mode = new("--mode") { Description = "clip (one segment) or streaming; the better one unless given." };
    private readonly Option<int?> _frameNum = NumberOption.Create<int>("--frame-num", "Frames of a segment, 4n+1, 5 to 201; 81 unless given.");
    private readonly Option<int?> _motionFrame = NumberOption.Create<int>("--motion-frame", "Frames carried over to the next segment; 25 unless given.");
    private readonly Option<double?> _shift = NumberOption.Create<double>("--shift", "Time shift, 0.01 to 20.");
    private readonly Option<double?> _textGuideScale = NumberOption.Create<double>("--text-guide-scale", "1 to 20; how closely the prompt is followed.");
    private readonly Option<double?> _audioGuideScale = NumberOption.Create<double>("--audio-guide-scale", "1 to 20; how closely the lips follow the voice.");
    private readonly Option<bool?> _useTeacache = new("--use-teacache") { Description = "true or false: skip steps that change little." };
    private readonly Option<double?> _teacacheThreshold = NumberOption.Create<double>("--teacache-threshold", "0.01 to 1; how much may be skipped.");
    private readonly Option<bool?> _useApg = new("--use-apg") { Description = "true or false: guidance against colours that build up." };
    private readonly Option<double?> _colorCorrection = NumberOption.Create<double>("--color-correction", "0 to 1; how strongly colours are matched to the picture.");
    private readonly Option<string[]> _loras = new("--lora") { Description = "A LoRA of the model volume and its scale, as FILE:SCALE; may be repeated." };
    private readonly Option<string?> _quant = new("--quant") { Description = "int8: the quantized model." };
    private readonly Option<long?> _persistentParameters = NumberOption.Create<long>("--persistent-parameters", "Parameters that stay on the card; by its memory unless given.");
    private readonly Option<int?> _gpus = NumberOption.Create<int>("--gpus", "Cards that work together on one video; 1 unless given.");
    private readonly Option<bool?> _keepOriginalAudio = new("--keep-original-audio") { Description = "true (unless given): the recordings as they are; false: upstream's own track, mono at 16 kHz." };
    private readonly Option<bool?> _trim = new("--trim") { Description = "true: cut speech that is too long; false: not even silence at the end." };

    private Option[] All =>
    [
        _engine, _preset, _size, _steps, _seed, _audioType, _mode, _frameNum, _motionFrame, _shift, _textGuideScale, _audioGuideScale,
        _useTeacache, _teacacheThreshold, _useApg, _colorCorrection, _loras, _quant, _persistentParameters, _gpus, _keepOriginalAudio, _trim,
    ];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in All)
            command.Options.Add(option);
    }

    /// <summary>What was given.</summary>
    public GenerationOptions Read(ParseResult parsed) => new()
    {
        Engine = parsed.GetValue(_engine),
        Preset = parsed.GetValue(_preset),
        Size = parsed.GetValue(_size),
        Steps = parsed.GetValue(_steps),
        Seed = parsed.GetValue(_seed),
        AudioType = parsed.GetValue(_audioType),
        Mode = parsed.GetValue(_mode),
        FrameNum = parsed.GetValue(_frameNum),
        MotionFrame = parsed.GetValue(_motionFrame),
        Shift = parsed.GetValue(_shift),
        TextGuideScale = parsed.GetValue(_textGuideScale),
        AudioGuideScale = parsed.GetValue(_audioGuideScale),
        UseTeacache = parsed.GetValue(_useTeacache),
        TeacacheThreshold = parsed.GetValue(_teacacheThreshold),
        UseApg = parsed.GetValue(_useApg),
        ColorCorrection = parsed.GetValue(_colorCorrection),
        Loras = parsed.GetValue(_loras) is { Length: > 0 } loras ? [.. loras.Select(ReadLora)] : null,
        Quant = parsed.GetValue(_quant),
        PersistentParameters = parsed.GetValue(_persistentParameters),
        Gpus = parsed.GetValue(_gpus),
        KeepOriginalAudio = parsed.GetValue(_keepOriginalAudio),
        Trim = parsed.GetValue(_trim),
    };

    // Without a number behind the colon, the rules say what is missing.
    private static Lora ReadLora(string text) =>
        text.LastIndexOf(':') is > 0 and var colon && double.TryParse(text[(colon + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var scale)
            ? new(text[..colon], scale)
            : new(text);
}
