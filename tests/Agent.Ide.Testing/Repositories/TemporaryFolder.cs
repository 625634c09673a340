using Agent.Ide.Processes;

namespace Agent.Ide.Testing.Repositories;

/// <summary>Removal of what a test left behind.</summary>
internal static class TemporaryFolder
{
    /// <summary>Deletes a folder with everything in it; git's read-only object files too, which Windows refuses as they are.</summary>
    public static void Delete(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                File.SetAttributes(file, FileAttributes.Normal);
            }
        }

        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (ArgumentException)
        {
            // A folder nested deeper than any path reaches; rm goes down step by step.
            ChildProcess.RunAsync(new ProcessStart { FileName = "rm", Arguments = ["-rf", "--", folder], WorkingDirectory = "/" }).GetAwaiter().GetResult();
        }
    }
}
