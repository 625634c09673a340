using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>
/// The system calls that no namespace confines, refused to commands by a seccomp filter (seccomp(2), "filters"; docs/adr/0010): kernel
/// keyrings, which are the host's own; sockets of families that have no network namespace; setuid bits, which would outlive the
/// sandbox on a file of the host; new user namespaces; and parts of the kernel that ordinary programs do without.
/// </summary>
internal static class SystemCallFilter
{
    private const uint Allow = 0x7fff0000;
    private const uint Error = 0x00050000;
    private const uint NotPermitted = 1;
    private const uint NoSuchCall = 38;
    private const uint NoSuchFamily = 97;

    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;

    private const uint NewUserNamespace = 0x10000000;
    private const uint SetIdBits = 0xc00;
    private const uint FakeInput = 0x5412;
    private const uint ConsoleControl = 0x541c;

    // Unspecified, unix, inet, inet6, netlink.
    private static readonly uint[] s_families = [0, 1, 2, 10, 16];

    private static readonly Numbers s_x64 = new()
    {
        Architecture = 0xc000003e,
        Forbidden = [248, 249, 250, 272, 298, 308, 321, 323],
        Unknown = [425, 426, 427, 435],
        CloneCall = 56,
        Socket = 41,
        Control = 16,
        ModeArguments = [(90, 1), (91, 1), (268, 2), (452, 2)],
        HasSecondInterface = true,
    };

    private static readonly Numbers s_arm64 = new()
    {
        Architecture = 0xc00000b7,
        Forbidden = [217, 218, 219, 97, 241, 268, 280, 282],
        Unknown = [425, 426, 427, 435],
        CloneCall = 220,
        Socket = 198,
        Control = 29,
        ModeArguments = [(52, 1), (53, 2), (452, 2)],
    };

    /// <summary>The filter as bubblewrap reads it; null on a processor it was not written for.</summary>
    public static byte[]? ForThisMachine { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => Assemble(s_x64),
        System.Runtime.InteropServices.Architecture.Arm64 => Assemble(s_arm64),
        _ => null,
    };

    private static byte[] Assemble(Numbers numbers)
    {
        var program = new Program();

        // Another architecture numbers its calls differently, so all of its calls are unknown here.
        program.Load(ArchitectureOffset);
        program.ReturnUnlessEqual(numbers.Architecture, Error | NoSuchCall);
        program.Load(NumberOffset);
        if (numbers.HasSecondInterface)
        {
            program.ReturnIfAtLeast(0x40000000, Error | NoSuchCall);
        }

        foreach (var number in numbers.Forbidden)
        {
            program.ReturnIfEqual(number, Error | NotPermitted);
        }

        // "Unknown" makes libraries take the older way: clone3's flags lie in memory, where no filter can look.
        foreach (var number in numbers.Unknown)
        {
            program.ReturnIfEqual(number, Error | NoSuchCall);
        }

        program.When(numbers.CloneCall, body =>
        {
            body.Load(Argument(0));
            body.ReturnIfAnyBit(NewUserNamespace, Error | NotPermitted);
        });
        program.When(numbers.Socket, body =>
        {
            body.Load(Argument(0));
            foreach (var family in s_families)
            {
                body.ReturnIfEqual(family, Allow);
            }

            body.Return(Error | NoSuchFamily);
        });
        program.When(numbers.Control, body =>
        {
            body.Load(Argument(1));
            body.ReturnIfEqual(FakeInput, Error | NotPermitted);
            body.ReturnIfEqual(ConsoleControl, Error | NotPermitted);
        });
        foreach (var (number, argument) in numbers.ModeArguments)
        {
            program.When(number, body =>
            {
                body.Load(Argument(argument));
                body.ReturnIfAnyBit(SetIdBits, Error | NotPermitted);
            });
        }

        program.Return(Allow);
        return program.ToBytes();
    }

    /// <summary>The lower half of an argument: flags, families and modes have 32 bits.</summary>
    private static uint Argument(int index) => (uint)(16 + (8 * index));

    /// <summary>What a kernel calls these on one processor (asm/unistd.h).</summary>
    private sealed record Numbers
    {
        /// <summary>AUDIT_ARCH_… of linux/audit.h.</summary>
        public required uint Architecture { get; init; }

        /// <summary>add_key, request_key, keyctl, unshare, perf_event_open, setns, bpf, userfaultfd.</summary>
        public required uint[] Forbidden { get; init; }

        /// <summary>io_uring_setup, io_uring_enter, io_uring_register, clone3.</summary>
        public required uint[] Unknown { get; init; }

        public required uint CloneCall { get; init; }

        public required uint Socket { get; init; }

        /// <summary>ioctl.</summary>
        public required uint Control { get; init; }

        /// <summary>chmod and its relatives, each with the place of its mode.</summary>
        public required (uint Number, int Argument)[] ModeArguments { get; init; }

        /// <summary>x32 on x64: the same calls by numbers with a bit more.</summary>
        public bool HasSecondInterface { get; init; }
    }

    /// <summary>Classic BPF (linux/filter.h): each instruction is code, two jump distances and a constant, eight bytes.</summary>
    private sealed class Program
    {
        private const ushort LoadWord = 0x20;
        private const ushort JumpEqual = 0x15;
        private const ushort JumpAtLeast = 0x35;
        private const ushort JumpAnyBit = 0x45;
        private const ushort ReturnValue = 0x06;

        private readonly List<(ushort Code, byte IfTrue, byte IfFalse, uint Value)> _instructions = [];

        public void Load(uint offset) => _instructions.Add((LoadWord, 0, 0, offset));

        public void Return(uint result) => _instructions.Add((ReturnValue, 0, 0, result));

        public void ReturnIfEqual(uint value, uint result) => ReturnIf(JumpEqual, value, result);

        public void ReturnIfAtLeast(uint value, uint result) => ReturnIf(JumpAtLeast, value, result);

        public void ReturnIfAnyBit(uint bits, uint result) => ReturnIf(JumpAnyBit, bits, result);

        public void ReturnUnlessEqual(uint value, uint result)
        {
            _instructions.Add((JumpEqual, 1, 0, value));
            Return(result);
        }

        /// <summary>For one call: looks at its arguments, and allows what it does not return from.</summary>
        public void When(uint number, Action<Program> body)
        {
            var inner = new Program();
            body(inner);
            inner.Return(Allow);
            _instructions.Add((JumpEqual, 0, (byte)inner._instructions.Count, number));
            _instructions.AddRange(inner._instructions);
        }

        public byte[] ToBytes()
        {
            var bytes = new byte[_instructions.Count * 8];
            for (var i = 0; i < _instructions.Count; i++)
            {
                var target = bytes.AsSpan(i * 8);
                BinaryPrimitives.WriteUInt16LittleEndian(target, _instructions[i].Code);
                target[2] = _instructions[i].IfTrue;
                target[3] = _instructions[i].IfFalse;
                BinaryPrimitives.WriteUInt32LittleEndian(target[4..], _instructions[i].Value);
            }

            return bytes;
        }

        private void ReturnIf(ushort jump, uint value, uint result)
        {
            _instructions.Add((jump, 0, 1, value));
            Return(result);
        }
    }
}
