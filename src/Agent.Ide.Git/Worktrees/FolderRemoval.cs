using Agent.Ide.Processes;

namespace Agent.Ide.Git;

/// <summary>Removes a folder with everything in it and nothing behind a link, whatever names and permissions an agent gave.</summary>
internal static class FolderRemoval
{
    /// <exception cref="GitException"><see cref="GitProblem.Storage"/>: something could not be removed.</exception>
    public static async Task RemoveAsync(string folder, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            RemoveOnWindows(folder);
            return;
        }

        // rm works on open folders and bytes: it neither follows a link planted meanwhile nor stumbles over a name that is not text.
        var result = await RunAsync("rm", ["-rf", "--", folder], cancellationToken);
        if (result.ExitCode != 0)
        {
            // Module caches and the like are made of read-only folders.
            await RunAsync("chmod", ["-R", "u+rwx", "--", folder], cancellationToken);
            result = await RunAsync("rm", ["-rf", "--", folder], cancellationToken);
        }

        if (result.ExitCode != 0)
        {
            throw new GitException(
                GitProblem.Storage,
                $"{folder} could not be removed: {result.Error.Trim().Split('\n')[0]}. Remove it by hand, then try again.");
        }
    }

    private static Task<ProcessResult> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        ChildProcess.RunAsync(new ProcessStart { FileName = program, Arguments = arguments, WorkingDirectory = "/" }, cancellationToken: cancellationToken);

    private static void RemoveOnWindows(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        try
        {
            var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", options))
            {
                file.Attributes = FileAttributes.Normal;
            }

            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new GitException(
                GitProblem.Storage,
                $"{folder} could not be removed: {exception.Message} Close what uses it, then try again.", exception);
        }
    }
}
