global using System.Collections.Immutable;
global using Agent.Actors.Tests.Support;
global using Agent.Resources;
