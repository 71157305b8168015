using System.Net.Sockets;
using Agent.Netlink.Tests.Support;

namespace Agent.Netlink.Tests;

public sealed class NetworkNamespaceTests : IDisposable
{
    private readonly TestNamespace _one = new();

    public void Dispose() => _one.Dispose();

    [Fact]
    public void Work_in_a_namespace_sees_its_interfaces_and_the_caller_stays_where_it_was()
    {
        var before = Links();

        var inside = _one.Netns.Run(Links);

        Assert.Equal(["lo"], inside);
        Assert.Equal(before, Links());
    }

    [Fact]
    public void What_the_work_throws_comes_through() =>
        Assert.Equal("boom", Assert.Throws<InvalidOperationException>(
            () => _one.Netns.Run<int>(() => throw new InvalidOperationException("boom"))).Message);

    [Fact]
    public async Task A_socket_opened_inside_leaves_no_thread_of_the_process_behind_there()
    {
        using var socket = _one.Netns.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        socket.Listen();
        using var client = _one.Netns.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream);
        var accepted = socket.AcceptAsync();
        await client.ConnectAsync(socket.LocalEndPoint!);
        using var server = await accepted;
        await server.SendAsync("x"u8.ToArray());
        var received = await client.ReceiveAsync(new byte[1]);

        Assert.Equal(1, received);
        var inside = _one.Netns.Run(() => File.ResolveLinkTarget("/proc/thread-self/ns/net", false)!.Name);
        Assert.DoesNotContain(ThreadNamespaces(), thread => thread.EndsWith(inside, StringComparison.Ordinal));
    }

    [Fact]
    public void A_path_that_leads_nowhere_or_to_a_file_is_a_missing_namespace()
    {
        var file = Path.GetTempFileName();

        Assert.Null(NetworkNamespace.TryOpen("/run/netns/wt-netlink-none", out var missing));
        Assert.Null(NetworkNamespace.TryOpen(file, out var stale));

        File.Delete(file);
        Assert.Equal(
            (new KernelError(Errno.NoEntry, "no network namespace at /run/netns/wt-netlink-none"),
             new KernelError(Errno.NoEntry, $"the file at {file} is not a network namespace")),
            (missing, stale));
    }

    [Fact]
    public void A_name_is_taken_once_and_given_back()
    {
        Assert.Equal(Errno.Exists, Assert.Throws<NetlinkException>(() => NetworkNamespace.Create(_one.Name)).Error.Number);

        NetworkNamespace.Delete(_one.Name);
        NetworkNamespace.Delete(_one.Name);

        Assert.False(File.Exists(_one.Path));
    }

    private static IEnumerable<string> Links() =>
        File.ReadLines("/proc/thread-self/net/dev").Skip(2).Select(line => line.Split(':')[0].Trim()).Order().ToList();

    // A thread may end between the listing and the look; one that is gone is in no namespace.
    private static List<string> ThreadNamespaces()
    {
        var found = new List<string>();
        foreach (var thread in Directory.GetDirectories("/proc/self/task"))
        {
            try
            {
                found.Add($"{File.ReadAllText($"{thread}/comm").Trim()} {File.ResolveLinkTarget($"{thread}/ns/net", false)?.Name}");
            }
            catch (IOException)
            {
                found.Add("");
            }
        }

        return found;
    }
}
