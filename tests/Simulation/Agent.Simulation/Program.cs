using Agent.Simulation;

return CommandLine.Run(args);
