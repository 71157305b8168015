using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Agent.Ctl.Commands.Cluster;

/// <summary>The two files of an authority: <c>ca.crt</c>, whose first certificate is the one in use, and
/// <c>ca.key</c>.</summary>
internal sealed class AuthorityFiles(string folder)
{
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Open = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The certificates that nodes trust.</summary>
    public string Certificate { get; } = Path.Combine(folder, "ca.crt");

    /// <summary>The key that issues.</summary>
    public string Key { get; } = Path.Combine(folder, "ca.key");

    /// <summary>Whether there is an authority, or a part of one.</summary>
    public bool Exist => File.Exists(Certificate) || File.Exists(Key);

    /// <summary>The authority in use.</summary>
    public X509Certificate2 Read()
    {
        if (!Exist)
        {
            throw new CommandFailedException(
                $"there is no authority in {folder}: make one with 'agentctl cluster certs init --dir {folder}', or name "
                + "its folder with --dir");
        }

        try
        {
            return X509Certificate2.CreateFromPemFile(Certificate, Key);
        }
        catch (CryptographicException error)
        {
            throw new CommandFailedException(
                $"the authority in {Certificate} and {Key} cannot be used: {error.Message.TrimEnd('.')}; put back the two files "
                + "that 'agentctl cluster certs init' made, or make another authority in a folder of its own");
        }
    }

    /// <summary>Writes an authority; an older one stays trusted.</summary>
    public void Write((string Certificate, string Key) authority)
    {
        Directory.CreateDirectory(folder);
        var older = File.Exists(Certificate) ? File.ReadAllText(Certificate) : "";
        Replace(Key, authority.Key, isSecret: true);
        Replace(Certificate, authority.Certificate + "\n" + older, isSecret: false);
    }

    /// <summary>Puts a file in place at once, so that a reader sees the old or the new one.</summary>
    public static void Replace(string path, string content, bool isSecret)
    {
        var beside = path + ".new";
        using (var file = new FileStream(beside, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = isSecret ? Secret : Open,
        }))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(content.TrimEnd('\n') + "\n");
        }

        File.Move(beside, path, overwrite: true);
    }
}
