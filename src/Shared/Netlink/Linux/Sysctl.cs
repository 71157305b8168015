namespace Agent.Netlink.Linux;

/// <summary>Kernel parameters as files below /proc/sys; below net/ they are those of the calling thread's
/// namespace.</summary>
internal static class Sysctl
{
    internal static KernelError? Write(string path, string value)
    {
        try
        {
            // /proc ignores truncation, and FileStream's own open would create a missing file elsewhere: open what is
            // there.
            using var file =
                new FileStream(Absolute(path), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(System.Text.Encoding.ASCII.GetBytes(value));
            return null;
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return new KernelError(Errno.NoEntry, $"there is no kernel parameter {path}");
        }
        catch (UnauthorizedAccessException)
        {
            return new KernelError(Errno.AccessDenied, $"cannot write {value} to {path}");
        }
        catch (IOException refused)
        {
            return new KernelError(Errno.InvalidArgument, $"cannot write {value} to {path}: {refused.Message}");
        }
    }

    internal static string? Read(string path)
    {
        var absolute = Absolute(path);
        return File.Exists(absolute) ? File.ReadAllText(absolute).TrimEnd('\n') : null;
    }

    private static string Absolute(string path)
    {
        var absolute = Path.GetFullPath(Path.Combine("/proc/sys", path));
        return absolute.StartsWith("/proc/sys/", StringComparison.Ordinal)
            ? absolute
            : throw new ArgumentException($"'{path}' leads out of /proc/sys", nameof(path));
    }
}
