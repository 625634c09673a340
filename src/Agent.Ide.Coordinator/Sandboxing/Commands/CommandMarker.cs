using System.Globalization;
using System.Text;
using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Sandboxing.Commands;

/// <summary>
/// Finds what an unsandboxed command left running after it cut itself loose from its parents: processes inherit the
/// environment, so each carries the command's mark. Linux only; a process that clears its environment escapes, which is one
/// of the reasons why such commands need an approval.
/// </summary>
internal sealed class CommandMarker
{
    private const string Name = "AGENT_IDE_COMMAND";
    private readonly string _value = Guid.NewGuid().ToString("N");

    public void AddTo(Dictionary<string, string> environment) => environment[Name] = _value;

    public void KillAll()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var mark = Encoding.ASCII.GetBytes($"{Name}={_value}");

        // A process may be starting another while it is looked at: again until a round finds none, but not for ever.
        for (var round = 0; round < 20 && KillRound(mark); round++)
        {
        }
    }

    private static bool KillRound(byte[] mark)
    {
        var found = false;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && IsMarked(folder, mark))
            {
                found = true;
                ChildProcess.Kill(id);
            }
        }

        return found;
    }

    private static bool IsMarked(string folder, byte[] mark)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, "environ")).AsSpan().IndexOf(mark) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or belongs to someone else and so cannot be ours.
            return false;
        }
    }
}
