using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Agent.Datastore.Sqlite;

/// <summary>Binds the SQLite provider to the system's own library,
/// <c>libsqlite3.so.0</c>; no native code is shipped.</summary>
/// <remarks>
/// The provider asks for a library named <c>e_sqlite3</c>, which nothing provides. The load context's resolving event
/// answers it; unlike the one import resolver that an assembly may have, the event takes any number of subscribers, so
/// another library of this process may bind the provider too, before or after.
/// </remarks>
internal static class SqliteLibrary
{
    private static readonly Lazy<bool> Bound = new(Bind);

    /// <summary>Binds the library, once per process.</summary>
    /// <exception cref="DatastoreUnavailableException">The library is not installed.</exception>
    public static void Require()
    {
        if (!Bound.Value)
            throw new DatastoreUnavailableException(
                "SQLite's library libsqlite3.so.0 is not installed: install it (Debian and Ubuntu: apt install "
                + "libsqlite3-0)");
    }

    private static bool Bind()
    {
        if (!NativeLibrary.TryLoad("libsqlite3.so.0", out var library)) return false;
        var provider = typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly;
        AssemblyLoadContext.GetLoadContext(provider)!.ResolvingUnmanagedDll += Resolve;
        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_e_sqlite3());
        return true;

        nint Resolve(Assembly asking, string name) => name == "e_sqlite3" ? library : 0;
    }
}
