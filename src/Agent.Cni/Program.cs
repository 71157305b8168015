using System.Reflection;
using Agent.Cni;

// The CNI plugin: what the container runtime says in the environment and on stdin becomes one request to the agent of
// this node, and the agent's answer becomes the CNI result on stdout. The plugin decides nothing and keeps nothing; it
// is started once per pod and verb.
if (args is ["-v" or "--version"])
{
    Console.Out.WriteLine(Assembly.GetExecutingAssembly()
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);
    return 0;
}

using var stdin = Console.OpenStandardInput();
using var stdout = Console.OpenStandardOutput();
return await Plugin.RunAsync(Environment.GetEnvironmentVariable, stdin, stdout);
