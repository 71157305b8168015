using System.Diagnostics;

namespace Agent.Tests.Support;

/// <summary>A file system of its own for one test (a tmpfs, so root only), small enough to be filled to the last byte.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int Kilobytes = 512;
    private const int NoSpaceLeft = 28;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("small-disk-");

    public SmallDisk() => Run("mount", "-t", "tmpfs", "-o", $"size={Kilobytes}k", "tmpfs", Path);

    /// <summary>Where it is mounted.</summary>
    public string Path => _folder.FullName;

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>A file on it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Takes all space that is left.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true) filler.Write(new byte[1024]);
        }
        catch (IOException full) when ((full.HResult & 0xFFFF) == NoSpaceLeft)
        {
            // That was the aim.
            Assert.Equal(0, new DriveInfo(Path).AvailableFreeSpace);
        }
    }

    /// <summary>Gives back what was taken.</summary>
    public void MakeRoom() => System.IO.File.Delete(Filler);

    public void Dispose()
    {
        // Lazily: what a failed test left open must not keep it mounted.
        Run("umount", "--lazy", Path);
        _folder.Delete();
    }

    private static void Run(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', args)}: {errors}");
    }
}
