namespace MultiTalk.GpuRunner.Diagnosis;

/// <content>The model volume and the workspace that is made of it.</content>
public static partial class FailureCatalogue
{
    private const string Verify = "The runner's operator: run models verify there; it names every file that is missing or damaged, and the command that fetches it.";

    private static IEnumerable<FailureEntry> OfTheModel =>
    [
        new("model_index_missing", Line(@"no file named diffusion_pytorch_model\."), "The index of the model is missing.",
            "The base model's folder has no diffusion_pytorch_model.safetensors.index.json, which upstream's recipe replaces by MultiTalk's: it was moved away and not replaced, or the folder is another one.",
            Verify, Retryable: true),
        new("model_index_not_multitalk", Line(@"weights of WanModel were not initialized|newly initialized: .*audio_cross_attn|Cannot copy out of meta tensor"), "The audio layers of the model are missing.",
            "The base model's own index is in the place of MultiTalk's, or it is the base model for 720: the layers that listen to the voice were never loaded, and the video would be noise.",
            "The runner's operator: run models verify there, and put MultiTalk's index and multitalk.safetensors on the volume. The base model for 480 serves 720 too.", Retryable: true)
            { Anywhere = true, Spoils = true },
        new("model_quant_map_missing", Line(@"No such file or directory: .*(?:quantization_map_int8|_map_int8)"), "The map beside the quantized model is missing.",
            "Each quantized model has a JSON file that tells how it is packed, and the volume lacks it. Upstream once forgot to publish the one of FusionX.",
            Verify, Retryable: true),
        new("model_file_missing", Line(@"does not appear to have a file named|No such file or directory: [""'][^'""]*weights/"), "A file of the model is missing.",
            "The index of the model or the script names a file that the runner's volume does not have.",
            Verify, Retryable: true),
        // Before model_file_damaged: where the script itself reads JSON, it is input.json.
        new("input_not_json", Line("JSONDecodeError: "), "input.json is not JSON.",
            "The script reads it at its start, and it was changed by hand or cut off.",
            "If you wrote input.json by hand, compare it with the one that prepare makes. Otherwise report this with the job's log: the runner wrote it.", Retryable: false)
            { When = (_, _, log) => log.Chain?.IsOfTheScript("/json/") == true },
        new("model_file_damaged", Line(@"SafetensorError: |JSONDecodeError: |is not a valid JSON file|Unable to load weights from checkpoint file|UnpicklingError: |PytorchStreamReader failed|invalid load key|EOFError: Ran out of input|failed finding central directory"), "A file of the model is damaged.",
            "A download was cut off, or a pointer of Git LFS of a few hundred bytes lies in the place of the file.",
            Verify, Retryable: true),
        new("model_folder_missing", Line(@"couldn't connect to 'https://huggingface\.co'|Repo id must be in the form|LocalEntryNotFoundError: |Cannot find the requested files in the disk cache|is not a local folder and is not a valid model identifier|Can't load (?:tokenizer|feature extractor|the (?:model|configuration)) |OfflineModeIsEnabled"), "A folder of the model is missing.",
            "A folder of the tokenizers or of chinese-wav2vec2-base is not where the script looks for it, so its name was taken for one of the Hugging Face hub, which the runner never asks.",
            Verify, Retryable: true),
        new("workspace_incomplete", Line(@"No such file or directory: 'input\.json'|can't open file '[^']*generate_multitalk\.py'|No such file or directory: '(?:[^']*/)?(?:save_audio/[^']*|output[^'/]*\.(?:wav|mp4))'"), "The script did not find its own files.",
            "It was started in another directory than the workspace, or the workspace or the checkout of MultiTalk was changed while it ran.",
            "The runner's operator: leave Runner:Workspaces to the runner and see that Runner:Checkout has generate_multitalk.py. If you repeat a run by hand, start it in its workspace, with rerun.sh.", Retryable: true)
            { Anywhere = true },
        new("lora_not_applied", Line(@"Applied 0 LoRA weight adjustments"), "A LoRA changed nothing.",
            "Its keys have another layout than MultiTalk reads (diffusion_model.… with lora_down and lora_up), so it was skipped, and the video would be made with settings for a LoRA that is not there.",
            "The request: choose another LoRA, or convert this one to the layout of Wan's own code. The runner's operator: doctor names every LoRA that cannot be used.", Retryable: false)
            { Anywhere = true, Spoils = true, When = (_, plan, _) => plan.Loras.Count > 0 && plan.Quant is null },
    ];
}
