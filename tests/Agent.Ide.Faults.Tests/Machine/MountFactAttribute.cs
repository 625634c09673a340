using System.Globalization;

namespace Agent.Ide.Faults.Tests;

/// <summary>A test that mounts file systems, which only root may, outside most containers.</summary>
internal sealed class MountFactAttribute : FactAttribute
{
    // CAP_SYS_ADMIN, capabilities(7)
    private const int Mount = 21;

    public MountFactAttribute()
    {
        if (!IsAllowed())
        {
            Skip = "The system does not let this process mount file systems.";
        }
    }

    private static bool IsAllowed()
    {
        const string Name = "CapEff:";
        if (!OperatingSystem.IsLinux() || File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) is not { } line)
        {
            return false;
        }

        return ((ulong.Parse(line.AsSpan(Name.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> Mount) & 1) == 1;
    }
}
