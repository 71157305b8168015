using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Agent.Netlink.Wire;

namespace Agent.Netlink.Linux;

/// <summary>What a dump does with each message it receives.</summary>
internal delegate void OnMessage(in NetlinkMessage message);

/// <summary>A netlink socket for requests: send, wait for the answer. One conversation at a time.</summary>
/// <remarks>
/// It is made of raw system calls alone, so that it may be opened in a thread that has entered another namespace
/// without that namespace reaching the thread pool. The socket belongs to the namespace of the thread that opened it,
/// whoever uses it later.
/// </remarks>
internal sealed class NetlinkSocket : IDisposable
{
    /// <summary>The protocol of routes, links and addresses.</summary>
    internal const int Route = 0;

    /// <summary>The protocol of connection tracking.</summary>
    internal const int Netfilter = 12;

    // A refused message is answered by about 1.3 KB of kernel memory, and a batch has a thousand.
    private const int ReceiveBuffer = 4 << 20;
    private const int InterruptedDumps = 20;
    private const int AnswerSeconds = 30;
    private const int DumpBufferSize = 256 * 1024;

    private readonly SafeSocketHandle _handle;
    private byte[] _received = ArrayPool<byte>.Shared.Rent(DumpBufferSize);
    private uint _sequence;

    private NetlinkSocket(int descriptor)
    {
        _handle = new SafeSocketHandle(descriptor, ownsHandle: true);
        var address = default(Syscall.NetlinkAddress);
        var length = 12;
        if (Syscall.GetSocketName(descriptor, ref address, ref length) < 0)
            throw Syscall.Failure("getsockname of a netlink socket");
        Port = address.Port;
    }

    /// <summary>The socket's address, which the kernel puts on the notifications that its requests cause.</summary>
    internal uint Port { get; }

    /// <summary>Opens a socket in a namespace; null for the current one.</summary>
    internal static NetlinkSocket Open(NetworkNamespace? netns, int protocol = Route)
    {
        int Here() => OpenDescriptor(protocol, ReceiveBuffer, []);
        return new NetlinkSocket(netns is null ? Here() : netns.Run(Here));
    }

    /// <summary>Opens and binds a socket in the calling thread's namespace, and returns its descriptor.</summary>
    /// <param name="protocol">The netlink protocol.</param>
    /// <param name="receiveBuffer">The size of the kernel's queue.</param>
    /// <param name="groups">What it subscribes to.</param>
    /// <param name="silentPort">The socket whose changes are not told to the subscriber; 0 for none.</param>
    internal static int OpenDescriptor(int protocol, int receiveBuffer, ReadOnlySpan<int> groups, uint silentPort = 0)
    {
        var descriptor = Syscall.Socket(Syscall.FamilyNetlink, Syscall.RawCloseOnExec, protocol);
        if (descriptor < 0) throw Syscall.Failure("open a netlink socket");
        try
        {
            Set(descriptor, Syscall.SocketLevel, Syscall.ReceiveBufferForce, receiveBuffer,
                "enlarge a netlink socket's buffer");
            Set(descriptor, Syscall.NetlinkLevel, Syscall.ExtendedAcknowledgement, 1,
                "ask for extended acknowledgements");
            Set(descriptor, Syscall.NetlinkLevel, Syscall.CapAcknowledgement, 1, "ask for short acknowledgements");
            if (protocol == Route)
                Set(descriptor, Syscall.NetlinkLevel, Syscall.StrictCheck, 1, "ask for strict checks");
            if (groups.IsEmpty)
            {
                var timeout = new Syscall.TimeValue { Seconds = AnswerSeconds };
                if (Syscall.SetSocketTimeout(descriptor, Syscall.SocketLevel, Syscall.ReceiveTimeout, timeout, 16) < 0)
                    throw Syscall.Failure("bound the wait for an answer");
            }

            if (silentPort != 0) Silence(descriptor, silentPort);
            if (Syscall.Bind(descriptor, new Syscall.NetlinkAddress { Family = Syscall.FamilyNetlink }, 12) < 0)
                throw Syscall.Failure("bind a netlink socket");
            foreach (var group in groups)
                Set(descriptor, Syscall.NetlinkLevel, Syscall.AddMembership, group, "subscribe to a netlink group");
            return descriptor;
        }
        catch
        {
            _ = Syscall.Close(descriptor);
            throw;
        }
    }

    /// <summary>Takes that many sequence numbers and returns the first.</summary>
    internal uint TakeSequence(int count = 1)
    {
        // Zero marks notifications, so the numbers start over before they reach it.
        if (_sequence > uint.MaxValue - (uint)count - 1) _sequence = 0;
        var first = _sequence + 1;
        _sequence += (uint)count;
        return first;
    }

    /// <summary>Sends one request that asks for an acknowledgement and returns what that says; null for
    /// success.</summary>
    /// <param name="message">The request.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="onMessage">Called with what comes before the acknowledgement: the answer to a question.</param>
    internal KernelError? Request(ReadOnlySpan<byte> message, uint sequence, OnMessage? onMessage = null)
    {
        Send(message);
        while (true)
        {
            var reader = new NetlinkReader(Receive());
            while (reader.TryRead(out var answer))
            {
                if (answer.Sequence != sequence) continue;
                if (answer.Type == NetlinkType.Error) return AckMessages.Read(answer);
                onMessage?.Invoke(answer);
            }
        }
    }

    /// <summary>Sends one batch, whose last message asks for an acknowledgement; tells of every refusal by its sequence
    /// number.</summary>
    internal void RequestBatch(ReadOnlySpan<byte> batch, uint first, uint last, Action<uint, KernelError> refused)
    {
        Send(batch);
        while (true)
        {
            var reader = new NetlinkReader(Receive());
            while (reader.TryRead(out var answer))
            {
                // An answer to an earlier conversation that was given up is not ours to read.
                if (answer.Type != NetlinkType.Error || answer.Sequence < first || answer.Sequence > last) continue;
                if (AckMessages.Read(answer) is { } error) refused(answer.Sequence, error);
                if (answer.Sequence == last) return;
            }
        }
    }

    /// <summary>Reads a table as a whole: a dump that a change interrupted is read again from the start.</summary>
    /// <param name="what">Names the table in errors.</param>
    /// <param name="request">Writes the request with the sequence number given.</param>
    /// <param name="restart">Called before each attempt: forget what was read.</param>
    /// <param name="onMessage">Called with each message of the table.</param>
    /// <param name="cancellation">Gives up between attempts.</param>
    /// <exception cref="NetlinkException">The kernel refused, or the table never held still.</exception>
    internal void Dump(
        string what, Func<byte[], uint, int> request, Action restart, OnMessage onMessage,
        CancellationToken cancellation = default)
    {
        var buffer = new byte[256];
        for (var attempt = 0; attempt < InterruptedDumps; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            restart();
            var sequence = TakeSequence();
            Send(buffer.AsSpan(0, request(buffer, sequence)));
            if (ReadDump(what, sequence, onMessage)) return;
        }

        throw new NetlinkException($"dump {what}",
            new KernelError(Errno.TryAgain, $"interrupted by changes {InterruptedDumps} times"));
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        var received = Interlocked.Exchange(ref _received, []);
        if (received.Length > 0) ArrayPool<byte>.Shared.Return(received);
    }

    private bool ReadDump(string what, uint sequence, OnMessage onMessage)
    {
        var whole = true;
        while (true)
        {
            var reader = new NetlinkReader(Receive());
            while (reader.TryRead(out var message))
            {
                if (message.Sequence != sequence) continue;
                whole &= !message.Flags.HasFlag(NetlinkFlags.DumpInterrupted);
                if (message.Type is NetlinkType.Done or NetlinkType.Error)
                    return AckMessages.Read(message) is { } error
                        ? throw new NetlinkException($"dump {what}", error)
                        : whole;
                onMessage(message);
            }
        }
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (Syscall.Send(_handle, bytes, (nuint)bytes.Length, 0) < 0)
            if (Marshal.GetLastPInvokeError() != Errno.Interrupted) throw Syscall.Failure("send to netlink");
    }

    private ReadOnlySpan<byte> Receive()
    {
        while (true)
        {
            var length = Syscall.Receive(_handle, _received, (nuint)_received.Length, 0);
            if (length >= 0) return _received.AsSpan(0, (int)length);
            if (Marshal.GetLastPInvokeError() != Errno.Interrupted) throw Syscall.Failure("receive from netlink");
        }
    }

    // The kernel itself drops what the port caused: a hundred thousand routes of ours wake nobody. The filter loads
    // nlmsg_pid as if it were in network order, and compares.
    private static unsafe void Silence(int descriptor, uint port)
    {
        const int portOffset = 12;
        ReadOnlySpan<Syscall.FilterStep> steps =
        [
            new(0x20, 0, 0, portOffset),                                 // load word
            new(0x15, 0, 1, BinaryPrimitives.ReverseEndianness(port)),   // equal?
            new(0x06, 0, 0, 0),                                          // drop
            new(0x06, 0, 0, uint.MaxValue),                              // take whole
        ];
        fixed (Syscall.FilterStep* first = steps)
        {
            var filter = new Syscall.Filter { Length = (ushort)steps.Length, Steps = (nint)first };
            var size = sizeof(Syscall.Filter);
            if (Syscall.SetSocketFilter(descriptor, Syscall.SocketLevel, Syscall.AttachFilter, filter, size) < 0)
                throw Syscall.Failure("filter a netlink socket");
        }
    }

    private static void Set(int descriptor, int level, int name, int value, string operation)
    {
        if (Syscall.SetSocketOption(descriptor, level, name, value, sizeof(int)) < 0) throw Syscall.Failure(operation);
    }
}
