namespace Agent.Ide.Coordinator.Sandboxing.Workers;

/// <summary>The program that serves as tool host, and what it needs to see of the host to start.</summary>
/// <param name="FileName">Absolute path of the executable.</param>
/// <param name="Arguments">Before <c>--root DIR</c>.</param>
/// <param name="ReadOnlyPaths">Its own folder or file, and the .NET it runs on.</param>
public sealed record WorkerProgram(string FileName, IReadOnlyList<string> Arguments, IReadOnlyList<string> ReadOnlyPaths)
{
    /// <summary>The executable <c>agent-ide</c> as worker: <c>agent-ide worker --root DIR</c>.</summary>
    /// <param name="executable">A single file, or one with its assemblies beside it.</param>
    public static WorkerProgram Of(string executable)
    {
        var path = RealPath.Of(executable);

        // Beside a single-file executable lies whatever the user keeps in that folder.
        var own = File.Exists((path.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? path[..^4] : path) + ".dll") ? Path.GetDirectoryName(path)! : path;
        return new WorkerProgram(path, ["worker"], [own, SystemMounts.DotnetRoot()]);
    }
}
