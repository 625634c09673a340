using System.Text;

namespace Agent.Ide.Git;

/// <summary>Hides the folder of the worktrees from the user's <c>git status</c>, in the repository's own <c>info/exclude</c>.</summary>
internal static class ExcludeList
{
    /// <summary>
    /// Adds a pattern unless it is there. Shared by all checkouts of the repository; held open alone meanwhile, so that two processes
    /// do not both add it.
    /// </summary>
    /// <param name="commonDirectory">Of the repository.</param>
    /// <param name="folder">Relative to a checkout's root, with <c>/</c>.</param>
    /// <param name="cancellationToken">Stops waiting for another process.</param>
    public static async Task HideAsync(string commonDirectory, string folder, CancellationToken cancellationToken)
    {
        var pattern = $"/{Escape(folder)}/";
        var path = Path.Combine(commonDirectory, "info", "exclude");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using var file = await OpenAloneAsync(path, cancellationToken);
        using var reader = new StreamReader(file, new UTF8Encoding(false), leaveOpen: true);
        var text = await reader.ReadToEndAsync(cancellationToken);
        if (text.Split('\n').Any(line => line.TrimEnd('\r') == pattern))
        {
            return;
        }

        file.Seek(0, SeekOrigin.End);
        var addition = (text.Length == 0 || text.EndsWith('\n') ? string.Empty : "\n") + pattern + "\n";
        await file.WriteAsync(Encoding.UTF8.GetBytes(addition), cancellationToken);
    }

    private static async Task<FileStream> OpenAloneAsync(string path, CancellationToken cancellationToken)
    {
        const int MaxAttempts = 200;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < MaxAttempts && File.Exists(path))
            {
                // Another process holds it for a moment; there is no signal to wait for.
                await Task.Delay(10, cancellationToken);
            }
        }
    }

    /// <summary>Characters that have a meaning in a pattern stand for themselves here.</summary>
    private static string Escape(string folder)
    {
        var escaped = new StringBuilder();
        foreach (var character in folder)
        {
            if (character is '\\' or '*' or '?' or '[' or ' ' or '#' or '!')
            {
                escaped.Append('\\');
            }

            escaped.Append(character);
        }

        return escaped.ToString();
    }
}
