using System.Text;
using Agent.Runtime.Actor;

namespace Agent.Runtime.Remote;

/// <summary>With what a connection begins: who speaks to whom, and of which cluster.</summary>
/// <remarks>Four lines of text: the version of the frames, the sender's address, the receiver's, the cluster's
/// name.</remarks>
internal sealed record RemoteHello(Address From, Address To, string Cluster)
{
    public const int MaxLength = 2048;

    private const string Version = "agent-remoting 1";

    public override string ToString() => $"{Version}\n{From}\n{To}\n{Cluster}";

    /// <exception cref="InvalidDataException">It is none, or of another version.</exception>
    public static RemoteHello Read(ReadOnlySpan<byte> frame) =>
        Encoding.UTF8.GetString(frame).Split('\n') is [Version, var from, var to, var cluster]
        && Address.TryParse(from, out var sender) && Address.TryParse(to, out var receiver) && sender!.HasGlobalScope
            ? new RemoteHello(sender, receiver!, cluster)
            : throw new InvalidDataException("it does not begin as an agent of this version does");

    /// <summary>Why a connection that begins so is not meant for a node; null where it is.</summary>
    public string? RefusalAt(Address self, string cluster)
    {
        if (Cluster != cluster)
        {
            return $"{From} is of cluster '{Cluster}', this node is of '{cluster}': two clusters need two datastores; "
                + "correct the cluster's name, or the address";
        }

        return To == self ? null : $"{From} means {To}, this is {self}: correct the address under which nodes find it";
    }
}
