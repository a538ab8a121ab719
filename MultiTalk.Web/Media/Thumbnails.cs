using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Media;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Media;

/// <summary>A small picture of a job.</summary>
/// <param name="Content">A JPEG.</param>
/// <param name="Tag">Changes with the picture.</param>
public sealed record ThumbnailPicture(Stream Content, string Tag);

/// <summary>
/// Small pictures of jobs: of the video once there is one, of the input before. Each is made when it is asked for first, and kept with
/// the job's files.
/// </summary>
public sealed class Thumbnails(IMediaStore media, JobFiles files, JobStore store, Scratch scratch)
{
    private const long MaxBytes = 4 << 20;

    private readonly KeyedLock _making = new();

    /// <summary>The picture of a job; null if what it would show is not kept, or cannot be read.</summary>
    public async Task<ThumbnailPicture?> FindAsync(Job job, CancellationToken cancellationToken)
    {
        if (await SourceAsync(job, cancellationToken) is not var (source, tag, at))
            return null;
        var name = JobFiles.Thumbnail(job.Id, ofVideo: at is not null);
        if (await media.OpenAsync(name, cancellationToken) is { } known)
            return new(known, tag);

        // Whoever comes meanwhile finds it made.
        using var turn = await _making.TakeAsync(name, cancellationToken);
        if (await media.OpenAsync(name, cancellationToken) is { } made)
            return new(made, tag);
        if (!await MakeAsync(source, at, name, cancellationToken))
            return null;
        // The job's files may have been deleted meanwhile, for the last time.
        if (await store.FindAsync(job.Id) is null)
            await media.DeleteAsync(name, CancellationToken.None);
        return await media.OpenAsync(name, cancellationToken) is { } content ? new(content, tag) : null;
    }

    // What it shows: its name in the store, its hash, and which second of a video.
    private async Task<(string Name, string Tag, double? At)?> SourceAsync(Job job, CancellationToken cancellationToken)
    {
        if (job.Video is { } video)
            return await files.FindOutputAsync(job.Id, job.Attempt, video.Sha256, cancellationToken) is { } output ? (output.Name, video.Sha256, video.DurationSeconds / 3) : null;
        return job.Request.Inputs.FirstOrDefault(input => input.Name == ColabLayout.Picture) is { } picture ? (JobFiles.Input(job.Id, picture.Name), picture.Sha256, null) : null;
    }

    private async Task<bool> MakeAsync(string source, double? at, string name, CancellationToken cancellationToken)
    {
        await using var content = await media.OpenAsync(source, cancellationToken);
        if (content is null)
            return false;
        using var incoming = scratch.NewIncoming();
        var (local, target) = (incoming.File("source"), incoming.File("thumbnail.jpg"));
        await using (var copy = File.Create(local))
            await content.CopyToAsync(copy, cancellationToken);
        if (!await Thumbnail.MakeAsync(local, at, target, cancellationToken))
            return false;
        await using var picture = File.OpenRead(target);
        await media.SaveAsync(name, picture, new(MaxBytes, "thumbnail"), cancellationToken);
        return true;
    }
}
