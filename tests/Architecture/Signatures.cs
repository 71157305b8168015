using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Agent.Architecture.Tests;

/// <summary>Spells types and members as the approved list does.</summary>
internal static class Signatures
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>What a class inherits from <see cref="object"/>, and comparisons that its interfaces imply.</summary>
    private static readonly HashSet<string> Implied = new(StringComparer.Ordinal)
    {
        "Equals", "GetHashCode", "ToString", "CompareTo", "Finalize",
    };

    /// <summary>The members that code outside of the assembly sees, each in the ways in which the list may spell it: a property with
    /// more accessors than ours serves as well, and a static field in place of a property.</summary>
    public static IEnumerable<IReadOnlyList<string>> MembersOf(Type type)
    {
        foreach (var constructor in type.GetConstructors(Declared).Where(IsVisible))
            yield return [$"{Access(constructor)}new({Parameters(constructor)})"];
        foreach (var method in type.GetMethods(Declared).Where(m => IsVisible(m) && !IsAccessor(m) && !Implied.Contains(m.Name) && !IsOverride(m)))
            yield return [$"{Modifiers(method)}{Name(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})"];
        foreach (var property in type.GetProperties(Declared))
        {
            if (property.GetAccessors(nonPublic: true).Where(IsVisible).ToList() is { Count: > 0 } accessors && !IsOverride(accessors[0]))
                yield return [.. Spellings(property, Modifiers(accessors[0]), $"{Name(property.PropertyType)} {property.Name}")];
        }

        foreach (var field in type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly))
        {
            var (access, kind) = (field.IsPublic ? "" : "protected ", field.IsStatic ? "static " : "");
            var rest = $"{Name(field.FieldType)} {field.Name}";
            yield return field.IsLiteral || !field.IsInitOnly
                ? [$"{access}{kind}{rest}"]
                : [$"{access}{kind}readonly {rest}", $"{access}{kind}{rest}"];
        }
    }

    /// <summary>A type's name without namespace, nested ones with the outer type, with C#'s own names for the simple types.</summary>
    public static string Name(Type type)
    {
        if (type.IsByRef)
            return "ref " + Name(type.GetElementType()!);
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying) + "?";
        if (type.IsGenericParameter)
            return type.Name;
        if (!type.IsEnum && Simple(type) is { } simple)
            return simple;
        var name = type.Name.Split('`')[0];
        if (type.GetGenericArguments() is { Length: > 0 } arguments)
            name += $"<{string.Join(", ", arguments.Select(Name))}>";
        return type.DeclaringType is { } outer ? Name(outer) + "." + name : name;
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName || method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.Name.Contains('.', StringComparison.Ordinal);

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Modifiers(MethodInfo method)
    {
        var kind = method.IsStatic ? "static " : "";
        if (!CanBeDerived(method.DeclaringType!))
            return Access(method) + kind;
        if (method.IsAbstract)
            kind = method.DeclaringType!.IsInterface ? "" : "abstract ";
        else if (method.IsVirtual && !method.IsFinal)
            kind = method.GetBaseDefinition() == method ? "virtual " : "override ";
        return Access(method) + kind;
    }

    private static bool CanBeDerived(Type type) => type.IsInterface || (!type.IsSealed && type.GetConstructors(Declared).Any(IsVisible));

    /// <summary>An override is part of its base's API, which is looked at there.</summary>
    private static bool IsOverride(MethodInfo method) =>
        method.GetBaseDefinition() is var definition && definition.DeclaringType != method.DeclaringType && IsVisible(definition);

    private static IEnumerable<string> Spellings(PropertyInfo property, string modifiers, string name)
    {
        var get = property.GetMethod is { } getter && IsVisible(getter) ? "get;" : null;
        var set = property.SetMethod is { } setter && IsVisible(setter)
            ? (setter.IsPublic || modifiers.StartsWith("protected", StringComparison.Ordinal) ? "set;" : "protected set;")
            : null;
        string[] accessors = (get, set) switch
        {
            ({ }, { }) => [$"{get} {set}"],
            ({ }, null) => [get, "get; set;", "get; protected set;"],
            _ => [set!],
        };
        foreach (var accessor in accessors)
            yield return $"{modifiers}{name} {{ {accessor} }}";
        if (set is null && modifiers.Contains("static", StringComparison.Ordinal))
        {
            yield return $"{modifiers}{name}";
            yield return $"{modifiers}readonly {name}";
        }
    }

    private static string Generics(MethodInfo method) => method.IsGenericMethodDefinition
        ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>"
        : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select((parameter, index) =>
    {
        var prefix = index == 0 && method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        if (parameter.IsDefined(typeof(ParamArrayAttribute)))
            prefix = "params ";
        var value = parameter.HasDefaultValue ? " = " + Value(parameter.DefaultValue) : "";
        return $"{prefix}{Name(parameter.ParameterType)} {parameter.Name}{value}";
    }));

    private static string Value(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static string? Simple(Type type) => Type.GetTypeCode(type) switch
    {
        _ when type == typeof(object) => "object",
        _ when type == typeof(void) => "void",
        TypeCode.String => "string",
        TypeCode.Boolean => "bool",
        TypeCode.Int32 => "int",
        TypeCode.Int64 => "long",
        TypeCode.Double => "double",
        _ => null,
    };
}
