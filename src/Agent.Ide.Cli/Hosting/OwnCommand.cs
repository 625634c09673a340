namespace Agent.Ide.Cli.Hosting;

/// <summary>How this very executable is started again under another verb.</summary>
internal static class OwnCommand
{
    /// <returns>Program, absolute, and its arguments.</returns>
    public static IReadOnlyList<string> For(params string[] arguments)
    {
        var executable = Environment.ProcessPath ?? throw new InvalidOperationException("This process does not know its own executable.");

        // Started as `dotnet agent-ide.dll`, the executable is the host, which needs to be told what to run.
        var isHost = Path.GetFileNameWithoutExtension(executable).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return isHost ? [executable, Path.Combine(AppContext.BaseDirectory, "agent-ide.dll"), .. arguments] : [executable, .. arguments];
    }
}
