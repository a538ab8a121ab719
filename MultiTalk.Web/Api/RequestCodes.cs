namespace MultiTalk.Web.Api;

/// <summary>
/// The codes of the reasons why a job or a file is refused (400, in <c>errors</c>). They are given where the rules are; a test sees
/// that this list and docs/problems.md hold every one of them.
/// </summary>
public static class RequestCodes
{
    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "audio_type_needs_two_voices", "audio_type_unknown", "body_invalid", "box_axes", "box_cropped", "box_missing",
        "box_needs_two_speakers", "box_no_background", "box_order", "box_outside", "box_overlap", "clip_too_short", "form_expected",
        "form_malformed", "frame_num_not_4n_plus_1", "frame_num_out_of_range", "gpus_not_dividing", "image_animated", "image_empty",
        "image_missing", "image_not_supported", "image_too_large", "image_too_narrow", "image_too_small", "image_undecodable",
        "input_failed", "input_incomplete", "input_invalid", "input_not_found", "input_redirected", "input_refused", "input_too_large",
        "input_too_slow", "input_unreachable", "lora_invalid", "lora_name_invalid", "lora_name_repeated", "lora_scale_fixed",
        "lora_scale_missing", "loras_too_many", "media_kind_wrong", "media_missing", "media_not_found", "media_type_unknown",
        "mode_unknown", "motion_frame_out_of_range", "options_invalid", "para_lengths_differ", "part_repeated", "part_unknown",
        "persistent_needs_one_gpu", "persistent_out_of_range", "priority_invalid", "prompt_missing", "prompt_not_text", "prompt_too_long",
        "quant_needs_one_gpu", "quant_takes_no_lora", "quant_unknown", "second_speaker_cut", "seed_out_of_range",
        "silent_speaker_needs_para", "size_unknown", "speaker_not_silent", "speakers_all_silent", "speakers_invalid",
        "speakers_out_of_range", "speech_mixed", "speech_too_long", "speech_too_short", "steps_out_of_range",
        "teacache_needs_three_passes", "text_before_first_turn", "text_has_turns", "text_missing", "text_not_english", "text_not_text",
        "text_not_utf8", "text_too_long", "text_too_short", "text_turn_empty", "text_turn_missing", "text_turn_unknown",
        "tts_needs_streaming", "tts_not_in_preview", "tts_voice_missing", "tts_voice_unknown", "voice_empty", "voice_missing",
        "voice_not_supported", "voice_silent", "voice_too_long", "voice_too_short", "voice_undecodable", "voice_without_sound",
        "voice_without_speaker", "webhook_event_unknown", "webhook_invalid", "webhook_url_refused",
    ];
}
