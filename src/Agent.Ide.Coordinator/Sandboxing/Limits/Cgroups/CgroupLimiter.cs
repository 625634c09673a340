using System.Globalization;

namespace Agent.Ide.Coordinator.Sandboxing.Limits.Cgroups;

/// <summary>Limits by the kernel's control groups, of either version or of both where a machine has controllers in both.</summary>
internal sealed class CgroupLimiter : IResourceLimiter
{
    private readonly IReadOnlyList<CgroupPlace> _places;
    private readonly string _prefix;
    private readonly IResourceLimiter? _rest;
    private readonly TimeProvider _time;
    private int _made;

    /// <param name="places">Each was tried; no controller is in two of them.</param>
    /// <param name="prefix">What the names of this coordinator's groups begin with.</param>
    /// <param name="rest">Limits what no place does; null where nothing is missing.</param>
    /// <param name="time">For the watch over the kernel's counters.</param>
    public CgroupLimiter(IReadOnlyList<CgroupPlace> places, string prefix, IResourceLimiter? rest, TimeProvider time)
    {
        _places = places;
        _prefix = prefix;
        _rest = rest;
        _time = time;
    }

    public CgroupControllers Controllers => _places.Aggregate(CgroupControllers.None, (all, place) => all | place.Controllers);

    public string Description
    {
        get
        {
            var versions = string.Join(" and ", _places.Select(place => place.Version).Distinct().Order().Select(version => $"v{version}"));
            var missing = Names(CgroupControllers.All & ~Controllers);
            var text = $"control groups {versions} for {Names(Controllers)}";
            return missing.Length == 0 ? text : $"{text}; without a controller for {missing}{(_rest is null ? string.Empty : $", there {_rest.Description}")}";
        }
    }

    public string? Fix => (CgroupControllers.All & ~Controllers) == 0
        ? null
        : $"Enable the controllers for {Names(CgroupControllers.All & ~Controllers)} (with systemd: `Delegate=yes`).";

    public ResourceGroup Open(ResourceLimits limits)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{_prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _made)}");
        var group = CgroupGroup.Make(_places, name, limits, _time);
        return _rest is null ? group : new JoinedGroup(group, _rest.Open(limits));
    }

    internal static string Names(CgroupControllers controllers)
    {
        var names = new List<string>();
        Add(CgroupControllers.Memory, "memory");
        Add(CgroupControllers.Processes, "processes");
        Add(CgroupControllers.Processor, "processor");
        return string.Join(", ", names);

        void Add(CgroupControllers controller, string name)
        {
            if ((controllers & controller) != 0)
            {
                names.Add(name);
            }
        }
    }
}
