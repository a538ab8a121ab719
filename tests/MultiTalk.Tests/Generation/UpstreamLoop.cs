namespace MultiTalk.Tests.Generation;

/// <summary>
/// The loop of upstream's <c>generate()</c> (wan/multitalk.py), line by line, with the index of its audio in place of each
/// frame. It shares nothing with the planner.
/// </summary>
/// <param name="Bars">How many clips were sampled, each with its progress bar.</param>
/// <param name="Frames">Of which clip each frame of the video is, and to which frame of the audio it was made.</param>
internal sealed record UpstreamLoop(int Bars, IReadOnlyList<(int Bar, int Audio)> Frames)
{
    public static UpstreamLoop Streaming(int audioFrames, int frameNum = 81, int motionFrame = 25) => Run(audioFrames, frameNum, motionFrame, maxFramesNum: 1000);

    // generate_multitalk.py: max_frames_num=args.frame_num if args.mode == 'clip' else 1000
    public static UpstreamLoop Clip(int audioFrames, int frameNum = 81, int motionFrame = 25) => Run(audioFrames, frameNum, motionFrame, maxFramesNum: frameNum);

    /// <summary>Whether every clip that was sampled is seen in the video.</summary>
    public bool ShowsEveryBar => Frames.Select(frame => frame.Bar).Distinct().Count() == Bars;

    /// <summary>Whether the video shows the audio from its beginning, frame by frame.</summary>
    public bool FollowsTheAudio => Frames.Index().All(frame => frame.Item.Audio == frame.Index);

    private static UpstreamLoop Run(int audioFrames, int frameNum, int motionFrame, int maxFramesNum)
    {
        if (audioFrames <= frameNum)
            throw new InvalidOperationException("Aduio file not exists or length not satisfies frame nums.");

        var fullAudioEmb = audioFrames;
        var clipLength = frameNum;
        var isFirstClip = true;
        var arriveLastFrame = false;
        var curMotionFramesNum = 1;
        var audioStartIdx = 0;
        var audioEndIdx = audioStartIdx + clipLength;
        var genVideoList = new List<(int Bar, int Audio)[]>();
        var missLengths = new List<int>();

        while (true)
        {
            var bar = genVideoList.Count;
            var videos = Enumerable.Range(audioStartIdx, frameNum).Select(audio => (bar, audio)).ToArray();

            // cache generated samples
            if (isFirstClip)
                genVideoList.Add(videos);
            else
                genVideoList.Add(videos[curMotionFramesNum..]);

            // decide whether is done
            if (arriveLastFrame)
                break;

            // update next condition frames
            isFirstClip = false;
            curMotionFramesNum = motionFrame;
            audioStartIdx += frameNum - curMotionFramesNum;
            audioEndIdx = audioStartIdx + clipLength;

            // Repeat audio emb
            if (audioEndIdx >= Math.Min(maxFramesNum, fullAudioEmb))
            {
                arriveLastFrame = true;
                missLengths = [];
                if (audioEndIdx >= fullAudioEmb)
                {
                    var missLength = audioEndIdx - fullAudioEmb + 3;
                    fullAudioEmb += Math.Min(missLength, fullAudioEmb);
                    missLengths.Add(missLength);
                }
                else
                {
                    missLengths.Add(0);
                }
            }

            if (maxFramesNum <= frameNum)
                break;
        }

        var genVideoSamples = genVideoList.SelectMany(frames => frames).Take(maxFramesNum).ToArray();
        if (maxFramesNum > frameNum && missLengths.Sum() > 0)
        {
            // split video frames
            genVideoSamples = genVideoSamples[..Math.Max(0, genVideoSamples.Length - missLengths[0])];
        }

        return new(genVideoList.Count, genVideoSamples);
    }
}
