// The namespaces of the embedded runtime, for the semantics suite and for this project's own tests.
// The suite needs all of them, this project only some.
#pragma warning disable IDE0005
global using Agent.Runtime;
global using Agent.Runtime.Actor;
global using Agent.Runtime.Event;
global using Agent.Runtime.Pattern;
global using Agent.Runtime.Persistence;
global using Agent.Runtime.TestKit;
global using Agent.Runtime.TestKit.Xunit2;
#if WITH_CLUSTER
global using Agent.Runtime.Cluster;
global using Agent.Runtime.Cluster.Sharding;
#endif
global using Xunit;
