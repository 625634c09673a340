using System.Globalization;
using System.Runtime.InteropServices;
using Agent.Ide.Processes;

namespace Agent.Ide.Testing.Machines;

/// <summary>What a test needs of the machine and of the user who runs it.</summary>
public enum Need
{
    Linux,

    /// <summary>File permissions as Unix has them.</summary>
    Unix,

    /// <summary>Linux on an architecture whose numbers of system calls the tests know.</summary>
    KnownSystemCalls,

    /// <summary>To give files to another user.</summary>
    ChangeOwner,

    /// <summary>To mount file systems.</summary>
    Mount,

    /// <summary>To make folders refuse new files: an ordinary user by permissions, root by a mount.</summary>
    FullDisk,

    /// <summary>To make files immutable.</summary>
    ImmutableFiles,

    Ripgrep,

    /// <summary>With threads.</summary>
    Perl,
}

/// <summary>Whether a need is met here, and why not.</summary>
public static class Needs
{
    private static readonly Lazy<bool> s_immutable = new(CanMakeImmutable);
    private static readonly Lazy<bool> s_perl = new(() => Succeeds("perl", "-e", "use threads; threads->create(sub {})->join()"));

    /// <summary>The first need that is not met, as a sentence; null when all are.</summary>
    public static string? Missing(params Need[] needs) => needs.Select(Missing).FirstOrDefault(reason => reason is not null);

    private static string? Missing(Need need)
    {
        var (isMet, reason) = need switch
        {
            Need.Linux => (OperatingSystem.IsLinux(), "What is tested is made for Linux."),
            Need.Unix => (!OperatingSystem.IsWindows(), "Windows has no such permissions."),
            Need.KnownSystemCalls => (OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64, "The numbers of system calls are known for Linux on x64 and arm64."),
            Need.ChangeOwner => (Has(Capabilities.ChangeOwner), "Only root may give files to another user."),
            Need.Mount => (Has(Capabilities.Administer), "Only root may mount file systems, outside most containers."),
            Need.FullDisk => (!Environment.IsPrivilegedProcess || Has(Capabilities.Administer), "Root, whom no permissions bind, may not mount file systems here."),
            Need.ImmutableFiles => (s_immutable.Value, "The file system has no immutable files, or this user may not make one."),
            Need.Ripgrep => (IsInstalled("rg"), "ripgrep is not installed."),
            Need.Perl => (s_perl.Value, "There is no perl with threads."),
            _ => throw new ArgumentOutOfRangeException(nameof(need), need, null),
        };
        return isMet ? null : reason;
    }

    private static bool IsInstalled(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe")));

    private static bool CanMakeImmutable()
    {
        var file = Path.GetTempFileName();
        try
        {
            return OperatingSystem.IsLinux() && Succeeds("/bin/sh", "-c", $"chattr +i '{file}' && chattr -i '{file}'");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            // Attributes of tests are made before any test runs, where nothing can be awaited.
            return ChildProcess.RunAsync(new ProcessStart { FileName = program, Arguments = arguments }).GetAwaiter().GetResult().ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // It is not installed.
        }
    }

    private static bool Has(Capabilities capability)
    {
        const string Name = "CapEff:";
        return OperatingSystem.IsLinux()
            && File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) is { } line
            && ((Capabilities)ulong.Parse(line.AsSpan(Name.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture)).HasFlag(capability);
    }

    /// <summary>Bits of capabilities(7).</summary>
    [Flags]
    private enum Capabilities : ulong
    {
        None = 0,
        ChangeOwner = 1UL << 0,
        Administer = 1UL << 21,
    }
}
