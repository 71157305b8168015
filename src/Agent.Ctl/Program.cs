using Agent.Ctl;

// agentctl: the command line of the agent. It reads and writes the cluster's datastore itself and asks the agent of
// this node over its socket for what only a running agent knows. The commands are in Commands/, one folder per noun;
// what they print is in Output/.
return await CommandLine.RunAsync(args, Surroundings.OfProcess());
