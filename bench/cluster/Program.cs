using System.Diagnostics;
using System.Globalization;
using Agent.Bench.Clustering;

// One node of a cluster on a shared SQLite file. Lines on standard output begin with the time in ms since 1970, so that those of
// several processes of one machine can be compared.
//
//   serve NAME PORT FILE    a coordinator; prints who is up, and how many shards it owns
//   ask NAME PORT FILE N    a node that owns no shards: asks entities, N at a time, and prints the rate
if (args is not [var mode, var name, var port, var file, ..])
{
    Console.Error.WriteLine("usage: agent-cluster-node serve|ask NAME PORT FILE [CONCURRENT]");
    return 2;
}

await using var node = await BenchNode.StartAsync(name, int.Parse(port, CultureInfo.InvariantCulture), file, coordinates: mode == "serve");
if (mode == "serve")
{
    await node.ServeAsync();
    return 0;
}

var concurrent = int.Parse(args[4], CultureInfo.InvariantCulture);
await node.AskAsync(concurrent, rounds: 10);
for (var run = 0; run < 3; run++)
{
    var clock = Stopwatch.StartNew();
    var rounds = await node.AskAsync(concurrent, rounds: 20);
    Console.WriteLine($"{rounds / clock.Elapsed.TotalSeconds:F0} asks/s, {concurrent} at a time");
}

return 0;
