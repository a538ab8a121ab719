namespace MultiTalk.GpuRunner.Generation;

/// <summary>
/// What can be wrong with the boxes of two people. Upstream checks none of it: a box that selects nothing divides by zero and
/// gives a black video with good sound and exit code 0 (docs/contract.md, "input.json").
/// </summary>
internal static class BoxRules
{
    // One token of the model covers 16×16 pixels of the output; upstream picks its mask there, by the nearest pixel.
    private const int TokenPixels = 16;

    // One would do for upstream; a face of fewer is none.
    private const int LeastTokens = 4;

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

        foreach (var problem in AfterCrop([.. boxes.Select(box => box!)], crop))
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

    // The same picking as upstream's, so that what is empty there is empty here.
    private static IEnumerable<RequestProblem> AfterCrop(IReadOnlyList<Box> boxes, Crop crop)
    {
        var (tokens, own) = (new int[boxes.Count], new int[boxes.Count]);
        var background = 0;
        foreach (var (row, column) in PickedPixels(crop))
        {
            var persons = boxes.Index().Where(entry => Holds(entry.Item, row, column)).Select(entry => entry.Index).ToArray();
            foreach (var person in persons)
                tokens[person]++;
            if (persons is [var alone])
                own[alone]++;
            background += persons.Length == 0 ? 1 : 0;
        }

        foreach (var (person, count) in tokens.Index().Where(entry => entry.Item < LeastTokens))
        {
            yield return new("box_cropped", $"speakers[{person}].box",
                $"Of the box {boxes[person]} next to nothing is left in the video's {crop.Width}×{crop.Height}, to which the picture is scaled and cut: {count} of the {LeastTokens} places that the model needs.",
                "Draw it larger and nearer to the middle, or use a picture of another shape.");
        }

        foreach (var (person, _) in own.Index().Where(entry => entry.Item < LeastTokens && tokens[entry.Index] >= LeastTokens).Take(1))
        {
            yield return new("box_overlap", $"speakers[{person}].box", $"The box {boxes[person]} lies within the other person's, and the model could not tell whose lips to move.",
                "Draw one round each face.");
        }

        if (background == 0)
            yield return new("box_no_background", "speakers", "The boxes cover the whole video, and upstream needs some background.", "Draw them round the faces only.");
    }

    private static bool Holds(Box box, int row, int column) => row >= box.Top && row < box.Bottom && column >= box.Left && column < box.Right;

    // For each token of the model, the pixel of the picture that decides to whom it belongs.
    private static IEnumerable<(int Row, int Column)> PickedPixels(Crop crop)
    {
        for (var y = 0; y < crop.Height; y += TokenPixels)
        {
            for (var x = 0; x < crop.Width; x += TokenPixels)
                yield return (Nearest(y + crop.Top, crop.PictureHeight, crop.ScaledHeight), Nearest(x + crop.Left, crop.PictureWidth, crop.ScaledWidth));
        }
    }

    // PyTorch's nearest neighbour, in single precision as there.
    private static int Nearest(int pixel, int picture, int scaled) => Math.Min((int)MathF.Floor(pixel * ((float)picture / scaled)), picture - 1);
}
