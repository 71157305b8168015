using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Agent.Netlink.Linux;
using Microsoft.Win32.SafeHandles;

namespace Agent.Netlink;

/// <summary>A network namespace held open: work can be done in it, sockets opened, links moved to it.</summary>
/// <remarks>
/// <c>setns</c> changes the calling thread alone, and threads inherit from their creator. So <see cref="Run{T}"/> uses
/// a thread of its own that ends with the work, and what runs there must start neither threads nor tasks. The one
/// engine thread of .NET's sockets, and with it the thread pool, would be caught by the first socket made there: it is
/// therefore started here first.
/// </remarks>
public sealed class NetworkNamespace : IDisposable
{
    private const string NamedDirectory = "/run/netns";
    private static readonly Lazy<bool> SocketEngine = new(StartSocketEngine);

    private readonly NamespaceHandle _handle;

    private NetworkNamespace(string path, NamespaceHandle handle)
    {
        Path = path;
        _handle = handle;
    }

    /// <summary>Where it was opened.</summary>
    public string Path { get; }

    /// <summary>The namespace of the process's main thread.</summary>
    public static NetworkNamespace OpenCurrent() => Open("/proc/self/ns/net");

    /// <summary>Opens the namespace at a path, such as CNI_NETNS.</summary>
    /// <exception cref="NetlinkException">There is none.</exception>
    public static NetworkNamespace Open(string path) =>
        TryOpen(path, out var error) ?? throw new NetlinkException("open a network namespace", error);

    /// <summary>Opens the namespace at a path; null where there is none, or where a file is left of one that is gone
    /// (ENOENT).</summary>
    public static NetworkNamespace? TryOpen(string path, out KernelError error)
    {
        error = default;
        var descriptor = Syscall.Open(path, Syscall.OpenReadCloseOnExec);
        if (descriptor < 0)
        {
            error = new KernelError(Marshal.GetLastPInvokeError(), $"no network namespace at {path}");
            return null;
        }

        if (Syscall.Ioctl(descriptor, Syscall.NamespaceTypeRequest) == Syscall.CloneNewNet)
            return new NetworkNamespace(path, new NamespaceHandle(descriptor));

        // After an unmount the mount point stays behind as an empty file.
        _ = Syscall.Close(descriptor);
        error = new KernelError(Errno.NoEntry, $"the file at {path} is not a network namespace");
        return null;
    }

    /// <summary>The path of a named namespace, as <c>ip netns</c> keeps them.</summary>
    public static string PathOf(string name) => System.IO.Path.Combine(NamedDirectory, name);

    /// <summary>Creates a named namespace, which outlives this process until <see cref="Delete"/>.</summary>
    /// <exception cref="NetlinkException">The kernel refused, or the name is taken.</exception>
    public static NetworkNamespace Create(string name)
    {
        Directory.CreateDirectory(NamedDirectory);
        var path = PathOf(name);
        if (File.Exists(path))
            throw new NetlinkException($"create network namespace {name}", new KernelError(Errno.Exists));
        File.WriteAllBytes(path, []);
        try
        {
            OnOwnThread(() =>
            {
                if (Syscall.Unshare(Syscall.CloneNewNet) < 0) throw Syscall.Failure($"create network namespace {name}");
                if (Syscall.Mount("/proc/thread-self/ns/net", path, "none", Syscall.MountBind, 0) < 0)
                    throw Syscall.Failure($"mount network namespace {name}");
                return true;
            });
        }
        catch
        {
            File.Delete(path);
            throw;
        }

        return Open(path);
    }

    /// <summary>Removes a namespace's name; the namespace itself ends when nothing uses it any more. No error if it is
    /// gone.</summary>
    public static void Delete(string name)
    {
        var path = PathOf(name);
        if (!File.Exists(path)) return;
        if (Syscall.Unmount(path, Syscall.UnmountDetach) < 0 && Marshal.GetLastPInvokeError() != Errno.InvalidArgument)
            throw Syscall.Failure($"unmount network namespace {name}");
        File.Delete(path);
    }

    /// <summary>Does the work in this namespace, on a thread of its own, and waits for it.</summary>
    /// <param name="work">System calls and files below /proc/sys; must not start threads, tasks or asynchronous
    /// operations.</param>
    /// <exception cref="NetlinkException">The namespace cannot be entered; what the work throws comes through as it
    /// is.</exception>
    public T Run<T>(Func<T> work) => OnOwnThread(() =>
    {
        if (Syscall.SetNamespace(_handle, Syscall.CloneNewNet) < 0)
            throw Syscall.Failure($"enter network namespace {Path}");
        return work();
    });

    /// <summary>Opens a socket in this namespace, for use from any thread.</summary>
    public Socket OpenSocket(AddressFamily family, SocketType type)
    {
        const int CloseOnExec = 0x80000;
        var kernelFamily = family == AddressFamily.InterNetworkV6 ? 10 : 2;
        var descriptor = Run(() => Syscall.Socket(kernelFamily, (int)type | CloseOnExec, 0) is >= 0 and var opened
            ? opened
            : throw Syscall.Failure($"open a socket in {Path}"));
        return new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
    }

    /// <summary>Releases the hold; a named namespace goes on.</summary>
    public void Dispose() => _handle.Dispose();

    internal int Descriptor => (int)_handle.DangerousGetHandle();

    private static T OnOwnThread<T>(Func<T> work)
    {
        _ = SocketEngine.Value;
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            using var home = new NamespaceHandle(Syscall.Open("/proc/thread-self/ns/net", Syscall.OpenReadCloseOnExec));
            try
            {
                result = work();
            }
#pragma warning disable CA1031 // It is thrown again, on the thread that asked.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
            finally
            {
                // The thread is joined a moment before it is gone: nothing of it may linger in the namespace.
                _ = Syscall.SetNamespace(home, Syscall.CloneNewNet);
            }
        })
        { IsBackground = true, Name = "network namespace" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    // An asynchronous receive makes .NET start its engine thread, here and now.
    private static bool StartSocketEngine()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        using var enough = new CancellationTokenSource();
        var received = socket.ReceiveAsync(new byte[1].AsMemory(), SocketFlags.None, enough.Token).AsTask();
        enough.Cancel();
        Task.WaitAny(received);
        return received.IsCanceled;
    }

    private sealed class NamespaceHandle : SafeHandleMinusOneIsInvalid
    {
        internal NamespaceHandle(int descriptor)
            : base(ownsHandle: true) => SetHandle(descriptor);

        protected override bool ReleaseHandle() => Syscall.Close((int)handle) == 0;
    }
}
