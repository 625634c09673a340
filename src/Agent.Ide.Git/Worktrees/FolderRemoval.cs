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
            await OpenFoldersAsync(folder, cancellationToken);
            result = await RunAsync("rm", ["-rf", "--", folder], cancellationToken);
        }

        if (result.ExitCode != 0)
        {
            throw new GitException(
                GitProblem.Storage,
                $"{folder} could not be removed: {result.Error.Trim().Split('\n')[0]}. A file may be immutable (lsattr, chattr -i). Remove it by hand, then try again.");
        }
    }

    /// <summary>
    /// Lets the owner into folders that an agent closed (module caches and the like are made of read-only ones). Files are left as they are:
    /// one may be a second name of a file elsewhere.
    /// </summary>
    public static async Task OpenFoldersAsync(string folder, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows())
        {
            // One after the other: find enters a folder only after its command has run.
            await RunAsync("find", [folder, "-type", "d", "!", "-perm", "-u=rwx", "-exec", "chmod", "u+rwx", "{}", ";"], cancellationToken);
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
