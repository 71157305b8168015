using System.Reflection;
using Agent.Runtime.Actor;
using Agent.Runtime.TestKit;

namespace Agent.Architecture.Tests;

/// <summary>What the embedded runtime shows to code outside must be part of Akka.NET's API, spelled the same, so that this code
/// compiles on either. <c>akka-api.txt</c> holds the signatures of the types in use, <c>akka-api-more.txt</c> those of types that
/// they only name. The namespace for hosting, which Akka.NET has not, is left out.</summary>
public sealed class PublicApiTests
{
    private static readonly ApprovedApi Approved = ApprovedApi.Read(
        Path.Combine(AppContext.BaseDirectory, "akka-api.txt"), Path.Combine(AppContext.BaseDirectory, "akka-api-more.txt"));

    public static TheoryData<string> Assemblies => [typeof(ActorSystem).Assembly.GetName().Name!, typeof(TestKitBase).Assembly.GetName().Name!];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Every_public_type_and_member_is_one_of_Akka_NET(string assembly)
    {
        var types = Assembly.Load(assembly).GetTypes().Where(t => IsVisible(t) && t.Namespace != "Agent.Runtime.Hosting").ToList();
        Assert.NotEmpty(types);
        var offenders = types.SelectMany(Offences).Order(StringComparer.Ordinal).ToList();
        Assert.True(offenders.Count == 0, $"Not in Akka.NET's API:\n{string.Join('\n', offenders)}");
    }

    [Fact]
    public void A_member_that_Akka_NET_has_not_or_spells_otherwise_is_found()
    {
        var approved = ApprovedType.Parse("sealed class Sample : IDisposable, IEquatable<Sample>");
        approved.Add("int Size { get; set; }");
        approved.Add("virtual string Text(object value, bool trim = true)");
        Assert.Equal(("Sample", "sealed class"), (approved.Name, approved.Modifiers));
        Assert.Equal(["IDisposable", "IEquatable<Sample>"], approved.Bases);
        Assert.Equal(
            ["virtual void Dispose()", "virtual string Text(object item, bool trim = true)"],
            Signatures.MembersOf(typeof(Sample)).Where(m => !m.Any(approved.Has) && m[0] != "protected new()").Select(m => m[0]).Order().Reverse());
    }

    private static IEnumerable<string> Offences(Type type)
    {
        var ours = $"{type.Namespace}.{Signatures.Name(type)}";
        if (Approved.Find(Theirs(type)) is not { } approved)
            return [ours];
        var offences = new List<string>();
        if (Kind(type) is var kind && !approved.Modifiers.EndsWith(kind, StringComparison.Ordinal))
            offences.Add($"{ours} is a {kind}, there a {approved.Modifiers}");
        if (approved.Modifiers.Contains("sealed", StringComparison.Ordinal) && !type.IsSealed)
            offences.Add($"{ours} is not sealed");
        if (type.IsEnum)
            return approved.HasNames(Enum.GetNames(type)) ? offences : [.. offences, $"{ours}: {string.Join(", ", Enum.GetNames(type))}"];
        if (type.IsSubclassOf(typeof(Delegate)))
        {
            var invoke = Signatures.MembersOf(type).Single(m => m[0].Contains(" Invoke(", StringComparison.Ordinal))[0];
            return approved.Has(invoke) ? offences : [.. offences, $"{ours}: {invoke}"];
        }

        var lineage = Approved.Lineage(approved).Concat(Ancestors(type).Select(t => Approved.Find(Theirs(t))).OfType<ApprovedType>()).ToList();
        offences.AddRange((type.IsInterface ? type.GetInterfaces() : OwnInterfaces(type))
            .Where(i => !lineage.Any(a => a.Bases.Contains(Signatures.Name(i))))
            .Select(i => $"{ours} : {Signatures.Name(i)}"));
        offences.AddRange(Signatures.MembersOf(type)
            .Where(spellings => !spellings.Any(s => IsConstructor(s) ? approved.Has(s) : lineage.Any(a => a.Has(s))))
            .Select(spellings => $"{ours}: {spellings[0]}"));
        return offences;
    }

    private static bool IsConstructor(string signature) => signature.Split('(')[0] is "new" or "protected new";

    /// <summary>The interfaces that code outside sees, but for those that a base class of the framework brings.</summary>
    private static IEnumerable<Type> OwnInterfaces(Type type)
    {
        var foreign = Ancestors(type).First(t => t.Assembly != type.Assembly && t.Namespace!.StartsWith("System", StringComparison.Ordinal));
        return type.GetInterfaces().Except(foreign.GetInterfaces()).Where(IsVisible);
    }

    private static IEnumerable<Type> Ancestors(Type type)
    {
        for (var next = type; next is not null; next = next.BaseType)
            yield return next;
    }

    private static string Theirs(Type type) =>
        $"{type.Namespace}.{Signatures.Name(type)}".Replace("Agent.Runtime", "Akka", StringComparison.Ordinal);

    private static string Kind(Type type)
    {
        if (type.IsInterface)
            return "interface";
        if (type.IsEnum)
            return "enum";
        if (type.IsSubclassOf(typeof(Delegate)))
            return "delegate";
        if (type.IsValueType)
            return "struct";
        return type is { IsAbstract: true, IsSealed: true } ? "static class" : "class";
    }

    private static bool IsVisible(Type type) => type.IsNested
        ? IsVisible(type.DeclaringType!) && (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem)
        : type.IsPublic;

    private abstract class Sample : IDisposable
    {
        public int Size { get; } = 1;

        public virtual string Text(object item, bool trim = true) => trim ? $"{item}".Trim() : $"{item}";

        public virtual void Dispose() => GC.SuppressFinalize(this);
    }
}
