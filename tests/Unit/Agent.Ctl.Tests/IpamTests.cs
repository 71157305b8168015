using System.Globalization;

namespace Agent.Ctl.Tests;

public sealed class IpamTests
{
    private readonly Terminal _terminal = new();

    [Fact]
    public async Task Pools_and_blocks_are_shown_as_in_the_labs()
    {
        await PutPoolAsync("a", "10.65.0.0/16");
        await PutPoolAsync("b", "10.66.0.0/16", 29);
        await PutPoolAsync("c", "fd5f:abcd:64::/48");
        await PutBlockAsync("10.65.79.0/26", 5);
        await PutBlockAsync("10.66.137.224/29", 8);
        await PutBlockAsync("10.66.137.232/29", 3);
        await PutBlockAsync("fd5f:abcd:64:4f2c:ec1b:27::/122", 7);
        await PutBlockAsync("192.168.0.0/29", 0);

        Assert.Equal(
            Outcome.Ok("""
                +----------+---------------------------------+------------+------------+-------------------+
                | GROUPING |              CIDR               | IPS TOTAL  | IPS IN USE |     IPS FREE      |
                +----------+---------------------------------+------------+------------+-------------------+
                | IP Pool  | 10.65.0.0/16                    |      65536 | 5 (0%)     | 65531 (100%)      |
                | Block    | 10.65.79.0/26                   |         64 | 5 (8%)     | 59 (92%)          |
                | IP Pool  | 10.66.0.0/16                    |      65536 | 11 (0%)    | 65525 (100%)      |
                | Block    | 10.66.137.224/29                |          8 | 8 (100%)   | 0 (0%)            |
                | Block    | 10.66.137.232/29                |          8 | 3 (38%)    | 5 (62%)           |
                | IP Pool  | fd5f:abcd:64::/48               | 1.2089e+24 | 7 (0%)     | 1.2089e+24 (100%) |
                | Block    | fd5f:abcd:64:4f2c:ec1b:27::/122 |         64 | 7 (11%)    | 57 (89%)          |
                | Block    | 192.168.0.0/29                  |          8 | 0 (0%)     | 8 (100%)          |
                +----------+---------------------------------+------------+------------+-------------------+

                """),
            await _terminal.RunAsync("ipam show --show-blocks"));
        Assert.Equal(
            Outcome.Ok("""
                +----------+-------------------+------------+------------+-------------------+
                | GROUPING |       CIDR        | IPS TOTAL  | IPS IN USE |     IPS FREE      |
                +----------+-------------------+------------+------------+-------------------+
                | IP Pool  | 10.65.0.0/16      |      65536 | 5 (0%)     | 65531 (100%)      |
                | IP Pool  | 10.66.0.0/16      |      65536 | 11 (0%)    | 65525 (100%)      |
                | IP Pool  | fd5f:abcd:64::/48 | 1.2089e+24 | 7 (0%)     | 1.2089e+24 (100%) |
                +----------+-------------------+------------+------------+-------------------+

                """),
            await _terminal.RunAsync("ipam show"));
    }

    [Fact]
    public async Task An_address_in_use_is_shown_with_its_owner()
    {
        await _terminal.PutAsync(Owned);

        Assert.Equal(
            Outcome.Ok("""
                IP 10.48.0.1 is in use
                Handle ID: k8s-pod-network.0c9e
                Active Owner Attributes:
                  namespace: default
                  node: node2
                  pod: nginx

                """),
            await _terminal.RunAsync("ipam show --ip=10.48.0.1"));
        Assert.Equal(
            Outcome.Ok("IP 10.48.0.3 is in use\nHandle ID: <none>\nNo Active Owner attributes defined\n"),
            await _terminal.RunAsync("ipam show --ip 10.48.0.3"));
        Assert.Equal(Outcome.Ok("10.48.0.0 is not assigned\n"), await _terminal.RunAsync("ipam show --ip=10.48.0.0"));
        Assert.Equal(Outcome.Ok("10.65.0.2 is not assigned\n"), await _terminal.RunAsync("ipam show --ip=10.65.0.2"));
        Assert.Equal(
            Outcome.Failed("Error executing command: invalid IP address specified: ten\n"), await _terminal.RunAsync("ipam show --ip=ten"));
    }

    [Fact]
    public async Task Borrowed_addresses_are_listed_with_a_note_on_those_without_a_node()
    {
        await _terminal.PutAsync(Owned);

        Assert.Equal(
            Outcome.Ok("""
                +-----------+----------------+--------------+-------------+------+---------------+
                |    IP     | BORROWING-NODE |    BLOCK     | BLOCK OWNER | TYPE | ALLOCATED-TO  |
                +-----------+----------------+--------------+-------------+------+---------------+
                | 10.48.0.1 | node2          | 10.48.0.0/30 | node1       | pod  | default/nginx |
                +-----------+----------------+--------------+-------------+------+---------------+
                Note: found 1 IP allocations without an explicit node association. Unable to determine if they are borrowed.

                """),
            await _terminal.RunAsync("ipam show --show-borrowed"));
    }

    [Fact]
    public async Task The_settings_are_shown_with_their_defaults()
    {
        Assert.Equal(
            Outcome.Ok("""
                +--------------------+-------+
                |      PROPERTY      | VALUE |
                +--------------------+-------+
                | StrictAffinity     | false |
                | AutoAllocateBlocks | true  |
                | MaxBlocksPerHost   |     0 |
                +--------------------+-------+

                """),
            await _terminal.RunAsync("ipam show --show-configuration"));
    }

    private Task PutPoolAsync(string name, string cidr, int blockSize = 0) => _terminal.PutAsync($$"""
        {"apiVersion":"projectcalico.org/v3","kind":"IPPool","metadata":{"name":"{{name}}"},"spec":{"cidr":"{{cidr}}","blockSize":{{blockSize}} } }
        """);

    private Task PutBlockAsync(string cidr, int used)
    {
        var name = cidr.Replace('.', '-').Replace(':', '-').Replace('/', '-');
        var length = int.Parse(cidr[(cidr.IndexOf('/', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
        var size = 1 << ((cidr.Contains(':', StringComparison.Ordinal) ? 128 : 32) - length);
        var allocations = string.Join(',', Enumerable.Range(0, size).Select(ordinal => ordinal < used ? "0" : "null"));
        return _terminal.PutAsync($$"""
            {"apiVersion":"projectcalico.org/v3","kind":"IPAMBlock","metadata":{"name":"{{name}}"},
             "spec":{"cidr":"{{cidr}}","affinity":"host:node1","allocations":[{{allocations}}],"attributes":[{"handle_id":"h"}] } }
            """);
    }

    private const string Owned = """
        {"apiVersion":"projectcalico.org/v3","kind":"IPAMBlock","metadata":{"name":"10-48-0-0-30"},
         "spec":{"cidr":"10.48.0.0/30","affinity":"host:node1","allocations":[null,0,1,2],
          "attributes":[{"handle_id":"k8s-pod-network.0c9e","secondary":{"node":"node2","pod":"nginx","namespace":"default"}},
                        {"handle_id":"ipip-tunnel-addr-node1","secondary":{"node":"node1","type":"ipipTunnelAddress"}},
                        {}]}}
        """;
}
