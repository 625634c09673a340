using System.Globalization;

namespace Agent.Ide.EndToEnd.Tests;

/// <summary>What a test needs to be allowed; the values are the bits of capabilities(7).</summary>
internal enum Capability
{
    ChangeOwner = 0,
    Mount = 21,
}

/// <summary>A test that only a process with this capability can do: root, outside most containers.</summary>
internal sealed class CapabilityFactAttribute : FactAttribute
{
    public CapabilityFactAttribute(Capability capability)
    {
        if (!Has(capability))
        {
            Skip = $"The system does not let this process do it ({capability}).";
        }
    }

    private static bool Has(Capability capability)
    {
        const string Name = "CapEff:";
        if (!OperatingSystem.IsLinux() || File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) is not { } line)
        {
            return false;
        }

        var effective = ulong.Parse(line.AsSpan(Name.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return ((effective >> (int)capability) & 1) == 1;
    }
}
