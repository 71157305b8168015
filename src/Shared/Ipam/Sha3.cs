using System.Buffers.Binary;
using System.Numerics;

namespace Agent.Ipam;

/// <summary>SHA3-256 (FIPS 202), which the framework offers only where the system's OpenSSL does.</summary>
internal static class Sha3
{
    private const int Rate = 136;   // bytes: 1600 bits of state less twice 256

    /// <summary>The 32 bytes of the hash.</summary>
    public static byte[] Hash256(ReadOnlySpan<byte> message)
    {
        Span<ulong> state = stackalloc ulong[25];
        state.Clear();
        for (; message.Length >= Rate; message = message[Rate..])
        {
            Absorb(state, message[..Rate]);
            Permute(state);
        }

        Span<byte> last = stackalloc byte[Rate];
        last.Clear();
        message.CopyTo(last);
        last[message.Length] = 0x06;   // the suffix 01 of SHA-3, and the first bit of the padding
        last[Rate - 1] |= 0x80;
        Absorb(state, last);
        Permute(state);
        var hash = new byte[32];
        for (var lane = 0; lane < 4; lane++)
            BinaryPrimitives.WriteUInt64LittleEndian(hash.AsSpan(lane * 8), state[lane]);
        return hash;
    }

    private static void Absorb(Span<ulong> state, ReadOnlySpan<byte> block)
    {
        for (var lane = 0; lane < Rate / 8; lane++)
            state[lane] ^= BinaryPrimitives.ReadUInt64LittleEndian(block[(lane * 8)..]);
    }

    // Keccak-f[1600], section 3.3; lane (x, y) is state[x + 5 y].
    private static void Permute(Span<ulong> state)
    {
        Span<ulong> moved = stackalloc ulong[25];
        Span<ulong> parity = stackalloc ulong[5];
        byte register = 1;   // the generator of the round constants, section 3.2.5
        for (var round = 0; round < 24; round++)
        {
            // theta
            for (var x = 0; x < 5; x++)
                parity[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
            for (var lane = 0; lane < 25; lane++)
                state[lane] ^= parity[(lane + 4) % 5] ^ BitOperations.RotateLeft(parity[(lane + 1) % 5], 1);

            // rho and pi: along one path through the lanes, each rotated by the next triangular number
            moved[0] = state[0];
            for (int step = 1, x = 1, y = 0; step <= 24; step++)
            {
                var rotated = BitOperations.RotateLeft(state[x + 5 * y], step * (step + 1) / 2 % 64);
                (x, y) = (y, (2 * x + 3 * y) % 5);
                moved[x + 5 * y] = rotated;
            }

            for (var y = 0; y < 25; y += 5)   // chi
                for (var x = 0; x < 5; x++)
                    state[y + x] = moved[y + x] ^ (~moved[y + (x + 1) % 5] & moved[y + (x + 2) % 5]);

            for (var bit = 0; bit < 7; bit++)   // iota
            {
                if ((register & 1) != 0) state[0] ^= 1UL << ((1 << bit) - 1);
                register = (byte)((register << 1) ^ ((register >> 7) * 0x71));
            }
        }
    }
}
