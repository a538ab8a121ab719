namespace MultiTalk.Tests.Colab;

/// <summary>What happens to model volumes, in words that a test can be read with.</summary>
internal static class VolumeDamage
{
    /// <summary>Damages a file or folder, or the files of a pattern.</summary>
    public static void Do(string path, string damage)
    {
        switch (damage)
        {
            case "cut off":
                Change(path, file => file.SetLength(file.Length - 1));
                break;
            case "cut off in its header":
                Change(path, file => file.SetLength(1000));
                break;
            case "too long":
                Change(path, file => file.SetLength(file.Length + 50_000_000));
                break;
            case "with an absurd header":
                Change(path, file => file.Write([255, 255, 255, 255, 255, 255, 255, 255]));
                break;
            case "with a header of zeros":
                Change(path, file => file.Write(new byte[sizeof(long)]));
                break;
            default:
                Delete(path);
                Replace(path, damage);
                break;
        }
    }

    private static void Replace(string path, string damage)
    {
        switch (damage)
        {
            case "deleted":
                break;
            case "empty":
                File.WriteAllText(path, "");
                break;
            case "a pointer":
                File.WriteAllText(path, $"version https://git-lfs.github.com/spec/v1\noid sha256:{new string('0', 64)}\nsize 9948000000\n");
                break;
            case "a broken link":
                File.CreateSymbolicLink(path, "/elsewhere/file");
                break;
            case "a link to itself":
                File.CreateSymbolicLink(path, path);
                break;
            case "a folder":
                Directory.CreateDirectory(path);
                break;
            case "of a model for text":
                File.WriteAllText(path, """{"model_type": "t2v"}""");
                break;
            case "the base model's":
                FakeVolume.Index(path, FakeVolume.BaseTensors());
                break;
            case "leading out":
                FakeVolume.Index(path, [.. FakeVolume.MultiTalkTensors(), ("../" + FakeVolume.Shard(1), "blocks.0.ffn.0.weight")]);
                break;
            default:
                throw new ArgumentException($"There is no damage \"{damage}\".", nameof(damage));
        }
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path)))
            File.Delete(file);
    }

    private static void Change(string path, Action<FileStream> change)
    {
        using var file = File.OpenWrite(path);
        change(file);
    }
}
