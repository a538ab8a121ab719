namespace MultiTalk.Web.Components.Parts;

/// <summary>A file that was chosen in the browser; its bytes stay there until they are posted.</summary>
/// <param name="Name">The client's name for it: shown, never used.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Url">A <c>blob:</c> address for the preview, good in this page only.</param>
public sealed record ChosenFile(string Name, long Size, string Url);
