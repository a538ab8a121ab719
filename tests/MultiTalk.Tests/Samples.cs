namespace MultiTalk.Tests;

/// <summary>The files in <c>samples/</c>, and forms made of them.</summary>
internal static class Samples
{
    public const string Prompt = "A woman talks to the camera";

    public static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "samples", name);

    /// <summary>A complete submission: the portrait and the voice of exactly 10 s.</summary>
    public static MultipartFormDataContent Submission(string? options = null) =>
        Form(File.ReadAllBytes(Path("portrait.png")), File.ReadAllBytes(Path("voice.wav")), Prompt, options);

    /// <summary>A submission of parts; what is null is left out.</summary>
    public static MultipartFormDataContent Form(byte[]? image, byte[]? voice, string? prompt, string? options = null)
    {
        var form = new MultipartFormDataContent();
        if (image is not null)
            form.Add(new ByteArrayContent(image), "image", "portrait.png");
        if (voice is not null)
            form.Add(new ByteArrayContent(voice), "voice1", "voice.wav");
        if (prompt is not null)
            form.Add(new StringContent(prompt), "prompt");
        if (options is not null)
            form.Add(new StringContent(options), "options");
        return form;
    }
}
