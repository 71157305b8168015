global using System.Collections.Immutable;
global using Agent.Resources;
global using Agent.Actors.Tests.Support;
