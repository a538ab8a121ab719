namespace MultiTalk.GpuRunner.Diagnosis;

/// <content>What a request can bring about. All of it is refused before a job is queued; it shows where the script is run by hand.</content>
public static partial class FailureCatalogue
{
    private static IEnumerable<FailureEntry> OfTheRequest =>
    [
        new("voice_too_short", Line(@"Aduio file not exists or length not satisfies frame nums"), "A voice is too short.",
            "A voice needs more frames than a segment has, at 25 a second: more than 3.24 s for the usual 81. The script says so only after it has loaded the model.",
            "The request: use a longer voice or a smaller frameNum, or leave padding on.", Retryable: false),
        new("voice_under_loudness_block", Line(@"Audio must have length greater than the block size"), "A voice is shorter than its loudness can be measured.",
            "The script sets every voice to the same loudness, and 0.4 s are the least for that.",
            "The request: use a longer voice.", Retryable: false),
        new("frame_num_invalid", Line(@"shape '\[1, \d+, 4, \d+, \d+\]' is invalid for input|can't divide axis of length \d+ in chunks of 4"), "A segment has a number of frames that the model cannot take.",
            "It takes 4n+1 frames, such as 81: it compresses them by four behind the first. The script says so only after it has loaded the model.",
            "The request: set frameNum to 81, or leave it out.", Retryable: false),
        new("voices_of_unequal_length", Line(@"operands could not be broadcast together with shapes \(\d+,\) \(\d+,\)"), "Two voices that speak at once have different lengths.",
            "With the type para the script adds them up sample by sample.",
            "The request: leave padding on, give both the same length, or let them speak in turns (audioType add).", Retryable: false),
        // Not the script's own sound files, which lie in save_audio and are called output-….
        new("voice_unreadable", Line(@"NoBackendError|(?:LibsndfileError: Error opening|No such file or directory:) '(?:[^']*/)?voice\d+\.wav'"), "A voice cannot be read.",
            "The file is not there, or it is no sound that the script can decode.",
            "The request: give the voice as a plain 16-bit WAV file; uploads are converted to one.", Retryable: false),
        new("picture_unreadable", Line(@"UnidentifiedImageError: |cannot identify image file|image file is truncated|broken data stream when reading image|No such file or directory: '[^']*\.(?:png|jpe?g|webp|bmp)'"), "The picture cannot be read.",
            "The file is not there, or it is no picture that the script can open. It looks only after it has loaded the model.",
            "The request: give the picture as PNG or JPEG; uploads are converted.", Retryable: false),
        new("input_incomplete", Line(@"KeyError: '(?:prompt|cond_image|cond_audio|audio_type|tts_audio|text|human1_voice|person1|person2)'|cannot access local variable 'new_human_speech1'|local variable 'new_human_speech1' referenced|The number of target bbox should be the same"), "input.json lacks something.",
            "The script reads the prompt, the picture, the voices and, with two voices, audio_type (para or add) from it, and a box for each person or for none.",
            "If you wrote input.json by hand, compare it with the one that prepare makes. Otherwise report this with the job's log: the runner wrote it.", Retryable: false),
        new("color_correction_invalid", Line(@"Strength must be between 0\.0 and 1\.0"), "The strength of the colour correction is out of range.",
            "It goes from 0 to 1. The script says so only after it has sampled the first segment.",
            "The request: set colorCorrection to a number from 0 to 1.", Retryable: false),
        new("seed_invalid", Line(@"Seed must be between 0 and 2\*\*32 - 1"), "The seed is out of range.",
            "NumPy takes seeds from 0 to 4,294,967,295. The script says so only after it has loaded the model.",
            "The request: choose a smaller seed, or none.", Retryable: false),
        new("cards_not_dividing", Line(@"context parallel are not supported in non-distributed|t5_fsdp and dit_fsdp are not supported in non-distributed|should be equal to the world size|cannot be divided evenly by"), "The script was started for another number of cards than it got.",
            "Several cards need torchrun, and their number must divide the model's 40 heads: 1, 2, 4, 5, 8, 10, 20 or 40.",
            "The request: choose such a number of gpus. If you run the script by hand, start it as explain prints it.", Retryable: false),
    ];
}
