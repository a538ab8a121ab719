namespace MultiTalk.GpuRunner.Generation;

/// <summary>
/// What can be wrong with the boxes of two people. Upstream checks none of it: a box that selects nothing divides by zero and
/// gives a black video with good sound and exit code 0 (docs/contract.md, "input.json").
/// </summary>
internal static class BoxRules
{
    // One token of the model covers 16×16 pixels of the output; upstream picks its mask there, by the nearest pixel.
    private const int TokenPixels = 16;

    public static IEnumerable<RequestProblem> Check(IReadOnlyList<SpeakerRequest> speakers, PictureFacts picture, Crop crop)
    {
        var boxes = speakers.Select(speaker => speaker.Box).ToList();
        if (boxes.All(box => box is null))
            yield break;
        if (speakers.Count == 1)
        {
            yield return new("box_needs_two_speakers", "speakers[0].box", "A box says which of two people speaks, and there is one.", "Leave the box out.");
            yield break;
        }

        if (boxes.FindIndex(box => box is null) is >= 0 and var missing)
        {
            yield return new("box_missing", $"speakers[{missing}].box", "One speaker has a box and the other has not.", "Give both a box, or none.");
            yield break;
        }

        var found = false;
        foreach (var problem in boxes.SelectMany((box, index) => Outside(box!, $"speakers[{index}].box", picture)))
        {
            found = true;
            yield return problem;
        }

        if (found)
            yield break;

        foreach (var problem in AfterCrop([.. boxes.Select(box => crop.Apply(box!))], crop))
            yield return problem;
    }

    private static IEnumerable<RequestProblem> Outside(Box box, string field, PictureFacts picture)
    {
        const string order = "Write it as [top, left, bottom, right] in pixels of the picture, rows first.";
        if (box.Top < box.Bottom && box.Left < box.Right && box is { Top: >= 0, Left: >= 0 } && box.Bottom <= picture.Height && box.Right <= picture.Width)
            yield break;
        if (box.Top >= box.Bottom || box.Left >= box.Right)
            yield return new("box_order", field, $"The box {box} is empty: its top must lie above its bottom, and its left before its right.", order);
        else if (box.Right <= picture.Height && box.Bottom <= picture.Width && box is { Top: >= 0, Left: >= 0 })
            yield return new("box_axes", field, $"The box {box} does not lie in the picture of {picture.Width}×{picture.Height}; with its axes swapped it would.", order);
        else
            yield return new("box_outside", field, $"The box {box} does not lie in the picture of {picture.Width}×{picture.Height}.", order);
    }

    private static IEnumerable<RequestProblem> AfterCrop(IReadOnlyList<Box> boxes, Crop crop)
    {
        var found = false;
        foreach (var (index, box) in boxes.Index())
        {
            if (box.Bottom - box.Top >= TokenPixels && box.Right - box.Left >= TokenPixels)
                continue;
            found = true;
            yield return new("box_cropped", $"speakers[{index}].box",
                $"Of the box only {Math.Max(0, box.Right - box.Left)}×{Math.Max(0, box.Bottom - box.Top)} pixels are left in the video's {crop.Width}×{crop.Height}; it takes {TokenPixels}×{TokenPixels}.",
                "Draw it larger and nearer to the middle, or use a picture of another shape.");
        }

        if (!found && !HasBackground(boxes, crop))
            yield return new("box_no_background", "speakers", "The boxes cover the whole video, and upstream needs some background.", "Draw them round the faces only.");
    }

    private static bool HasBackground(IReadOnlyList<Box> boxes, Crop crop)
    {
        for (var y = 0; y < crop.Height; y += TokenPixels)
        {
            for (var x = 0; x < crop.Width; x += TokenPixels)
            {
                if (!boxes.Any(box => y >= box.Top && y < box.Bottom && x >= box.Left && x < box.Right))
                    return true;
            }
        }

        return false;
    }
}
