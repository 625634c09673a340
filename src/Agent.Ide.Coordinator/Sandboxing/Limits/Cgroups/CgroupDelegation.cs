using System.Globalization;

namespace Agent.Ide.Coordinator.Sandboxing.Limits.Cgroups;

/// <summary>What a place really offers to groups made in it, and how this process gets out of the way where version 2 asks for that.</summary>
internal static class CgroupDelegation
{
    private static readonly (CgroupControllers Controller, string Name)[] s_names =
        [(CgroupControllers.Memory, "memory"), (CgroupControllers.Processes, "pids"), (CgroupControllers.Processor, "cpu")];

    /// <summary>The place with the controllers that are still needed and offered there; null where there are none.</summary>
    /// <param name="candidate">From <see cref="CgroupMounts"/>.</param>
    /// <param name="limited">What another place limits already.</param>
    /// <param name="leaf">Name of a group that this process may move to where it is in the way of its own groups.</param>
    public static CgroupPlace? Offered(CgroupPlace candidate, CgroupControllers limited, string leaf)
    {
        var wanted = candidate.Controllers & ~limited;
        if (candidate.Version == 2 && wanted != CgroupControllers.None)
        {
            wanted &= Listed(candidate.Folder, "cgroup.controllers");
            wanted &= Listed(candidate.Folder, "cgroup.subtree_control") | Enable(candidate.Folder, wanted, leaf);
        }

        return wanted == CgroupControllers.None ? null : candidate with { Controllers = wanted };
    }

    /// <summary>
    /// Asks for controllers in this process's own folder only: in one above it, that would change the groups of others. There
    /// only what is enabled already counts.
    /// </summary>
    private static CgroupControllers Enable(string folder, CgroupControllers wanted, string leaf)
    {
        if (Lacks(folder, wanted) == CgroupControllers.None || !Holds(folder, Environment.ProcessId))
        {
            return CgroupControllers.None;
        }

        Ask(folder, wanted);
        if (Lacks(folder, wanted) == CgroupControllers.None)
        {
            return wanted;
        }

        // A folder that holds processes may have no groups that share its resources: where this process is alone in it (in a scope
        // made for it), it steps aside.
        var aside = Path.Combine(folder, leaf);
        if (Move(aside, make: true))
        {
            Ask(folder, wanted);
            if (Listed(folder, "cgroup.subtree_control") == CgroupControllers.None && Move(folder, make: false))
            {
                Remove(aside);
            }
        }

        return Listed(folder, "cgroup.subtree_control");
    }

    private static CgroupControllers Lacks(string folder, CgroupControllers wanted) => wanted & ~Listed(folder, "cgroup.subtree_control");

    private static void Ask(string folder, CgroupControllers wanted)
    {
        // One by one: a controller that is refused must not keep the others from being enabled.
        foreach (var (controller, name) in s_names)
        {
            if ((wanted & controller) != 0)
            {
                TryWrite(Path.Combine(folder, "cgroup.subtree_control"), "+" + name);
            }
        }
    }

    private static bool Move(string folder, bool make)
    {
        try
        {
            if (make)
            {
                Directory.CreateDirectory(folder);
            }

            File.WriteAllText(Path.Combine(folder, "cgroup.procs"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (make)
            {
                Remove(folder);
            }

            return false;
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It was never made, or is in use: an empty group costs nothing.
        }
    }

    private static bool Holds(string folder, int process)
    {
        try
        {
            var id = process.ToString(CultureInfo.InvariantCulture);
            return File.ReadLines(Path.Combine(folder, "cgroup.procs")).Contains(id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static CgroupControllers Listed(string folder, string file)
    {
        try
        {
            var names = File.ReadAllText(Path.Combine(folder, file)).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            return s_names.Where(entry => names.Contains(entry.Name)).Aggregate(CgroupControllers.None, (all, entry) => all | entry.Controller);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return CgroupControllers.None;
        }
    }

    private static void TryWrite(string file, string text)
    {
        try
        {
            File.WriteAllText(file, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Refused: what is enabled is read afterwards.
        }
    }
}
