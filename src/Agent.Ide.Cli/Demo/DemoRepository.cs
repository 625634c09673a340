using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Git;

namespace Agent.Ide.Cli.Demo;

/// <summary>The sample repository, in a folder of its own beside the script. Disposing it removes both unless they are kept.</summary>
internal sealed class DemoRepository : IDisposable
{
    private readonly string _folder;
    private readonly bool _keep;

    private DemoRepository(string folder, bool keep)
    {
        _folder = folder;
        _keep = keep;
        Checkout = Path.Combine(folder, "shop");
        ScriptFile = Path.Combine(folder, "script.json");
    }

    public string Checkout { get; }

    public string ScriptFile { get; }

    /// <param name="keepAt">Folder to make and keep it in; null: a temporary one.</param>
    /// <param name="cancellationToken">Ends the making.</param>
    /// <exception cref="UsageException">The folder is there and not empty.</exception>
    public static async Task<DemoRepository> CreateAsync(string? keepAt, CancellationToken cancellationToken)
    {
        if (keepAt is not null && Directory.Exists(keepAt) && Directory.EnumerateFileSystemEntries(keepAt).Any())
        {
            throw new UsageException($"{keepAt} is not empty.", "Name a new folder for --keep.");
        }

        var program = await GitProgram.LocateAsync(cancellationToken: cancellationToken);
        var folder = keepAt is null ? Directory.CreateTempSubdirectory("agent-ide-demo-").FullName : Directory.CreateDirectory(keepAt).FullName;
        var repository = new DemoRepository(folder, keepAt is not null);
        try
        {
            await repository.FillAsync(program, cancellationToken);
            return repository;
        }
        catch
        {
            repository.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_keep)
        {
            return;
        }

        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A file is still held (Windows); the folder is a temporary one, and the demo is over.
        }
    }

    private async Task FillAsync(GitProgram program, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Checkout);
        await File.WriteAllTextAsync(ScriptFile, DemoScript.Text, cancellationToken);
        foreach (var (path, content) in DemoScript.SampleFiles())
        {
            var file = Path.Combine(Checkout, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, content, cancellationToken);
        }

        var git = GitCommand.Discovering(program, Checkout);
        await git.RunAsync(["init", "--quiet", "--initial-branch=main"], default, cancellationToken);
        await git.RunAsync(["config", "user.name", "Demo User"], default, cancellationToken);
        await git.RunAsync(["config", "user.email", "demo@example.invalid"], default, cancellationToken);
        await git.RunAsync(["config", "commit.gpgsign", "false"], default, cancellationToken);
        await git.RunAsync(["add", "--all"], default, cancellationToken);
        await git.RunAsync(["commit", "--quiet", "--no-verify", "-m", "A very small shop"], default, cancellationToken);
    }
}
