namespace Agent.Ide.Benchmarks;

/// <summary>The checkout that the benchmarks were built in.</summary>
internal static class Checkout
{
    /// <exception cref="DirectoryNotFoundException">They were moved out of it.</exception>
    public static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Agent.Ide.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is in no checkout of Agent.Ide.");
        }

        return folder.FullName;
    }
}
