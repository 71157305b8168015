using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Agent.Runtime.Sql;

/// <summary>The exclusive lock that lets one opener at a time write a journal.</summary>
/// <remarks>It is a flock(2) on a file of its own beside the journal, never on the journal itself: SQLite has POSIX
/// locks there,
/// which the kernel drops when any descriptor of that file is closed. The kernel frees the lock when the process ends,
/// however
/// it ends. The file stays and names the last holder's process.</remarks>
internal sealed partial class SqliteFence : IDisposable
{
    private const int Exclusive = 2;
    private const int NonBlocking = 4;
    private const int Unlock = 8;
    private const int WouldBlock = 11;
    private const int ReadWrite = 2;
    private const int Create = 0x40;
    private const int CloseOnExec = 0x80000;
    private const int OwnerOnly = 0x180;

    private readonly SafeFileHandle _file;

    private SqliteFence(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock of this journal.</summary>
    /// <exception cref="JournalException">Someone holds it, or the lock file cannot be made.</exception>
    public static SqliteFence Take(string journalPath)
    {
        var path = journalPath + ".lock";
        var file = OpenFile(path, journalPath);
        try
        {
            if (Flock(file, Exclusive | NonBlocking) != 0)
            {
                var error = Marshal.GetLastPInvokeError();
                throw error == WouldBlock
                    ? new JournalException(JournalProblem.Held,
                        $"The journal {journalPath} is in use{Holder(file)}: another agent runs on it. Stop that "
                        + "one, or give this "
                        + $"one a journal of its own. (The lock is on {path}.)")
                    : new JournalException(JournalProblem.Broken,
                        $"The lock {path} cannot be taken: {Marshal.GetPInvokeErrorMessage(error)}. Keep journals "
                        + "on a local disk.");
            }

            Sign(file, path, journalPath);
            return new SqliteFence(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Gives the lock back, also where a process that is being started has a copy of the descriptor until it
    /// runs its program.</summary>
    public void Dispose()
    {
        if (_file.IsClosed) return;
        _ = Flock(_file, Unlock);
        _file.Dispose();
    }

    /// <summary>Opens the lock file by open(2): .NET takes a shared flock of its own on what it opens for
    /// writing.</summary>
    private static SafeFileHandle OpenFile(string path, string journalPath)
    {
        var descriptor = OpenDescriptor(path, ReadWrite | Create | CloseOnExec, OwnerOnly);
        if (descriptor >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);
        throw new JournalException(JournalProblem.ReadOnly,
            $"The lock file {path} cannot be written: {Marshal.GetLastPInvokeErrorMessage()}. Make the directory "
            + "of the journal "
            + $"{journalPath} writable for the agent.");
    }

    private static void Sign(SafeFileHandle file, string path, string journalPath)
    {
        try
        {
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file,
                Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"), 0);
        }
        catch (IOException e)
        {
            throw new JournalException(JournalProblem.Broken,
                $"The lock file {path} cannot be written: {e.GetBaseException().Message}. Free some space, or move "
                + $"the journal {journalPath}.", e);
        }
    }

    private static string Holder(SafeFileHandle file)
    {
        var bytes = new byte[16];
        var pid = Encoding.ASCII.GetString(bytes, 0, RandomAccess.Read(file, bytes, 0)).Trim();
        return pid.Length > 0 ? $" by process {pid}" : "";
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenDescriptor(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flock(SafeFileHandle file, int operation);
}
