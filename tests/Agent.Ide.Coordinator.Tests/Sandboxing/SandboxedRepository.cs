using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Processes;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Coordinator.Tests.Sandboxing;

/// <summary>A repository with two worktrees and secrets wherever an agent might look for them.</summary>
internal sealed class SandboxedRepository : IAsyncDisposable
{
    public const string Secret = "secret-of-the-user";

    private SandboxedRepository(TempRepository repository)
    {
        Repository = repository;
    }

    public TempRepository Repository { get; }

    public string Own => Path.Combine(Repository.Path, ".worktrees", "own");

    public string Other => Path.Combine(Repository.Path, ".worktrees", "other");

    public string Common => Path.Combine(Repository.Path, ".git");

    public SandboxPolicy Policy => SandboxPolicy.ForWorktree(Own, Common);

    public static async Task<SandboxedRepository> CreateAsync()
    {
        var repository = await TempRepository.CreateAsync(("tracked.txt", "committed\n"), ("src/a.txt", "a\n"));
        var result = new SandboxedRepository(repository);
        await repository.GitAsync("worktree", "add", "--quiet", "-b", "agent/own", result.Own);
        await repository.GitAsync("worktree", "add", "--quiet", "-b", "agent/other", result.Other);
        repository.Write("uncommitted.txt", Secret).Write(".git/agent-ide/tasks/own.db", Secret).Write(".git/credentials", Secret);
        repository.AppendConfig("http.https://example.invalid/.extraheader", $"Authorization: {Secret}");
        repository.AppendConfig("remote.origin.url", $"https://user:{Secret}@example.invalid/x.git");
        repository.AppendConfig("credential.helper", $"!echo {Secret}");
        File.WriteAllText(Path.Combine(repository.Home, "id_rsa"), Secret);
        File.WriteAllText(Path.Combine(result.Other, "other.txt"), Secret);
        File.WriteAllText(Path.Combine(repository.Path, ".git", "worktrees", "other", "note"), Secret);
        return result;
    }

    public static CommandRunner Runner(ISandbox? sandbox = null, IResourceLimiter? limiter = null) =>
        new(sandbox ?? HostSandbox.Sandbox, limiter ?? HostLimiter.Limiter, HostSandbox.Environment, TimeProvider.System);

    public Task<CommandResult> RunAsync(
        string command, double seconds = 30, SandboxPolicy? policy = null, CancellationToken cancellationToken = default) =>
        Runner().RunAsync(
            new CommandRequest { Command = command, Policy = policy ?? Policy, Timeout = TimeSpan.FromSeconds(seconds) }, cancellationToken);

    /// <summary>Whether a process of the host has this text in its command line.</summary>
    public static bool IsRunning(string mark)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                var commandLine = File.ReadAllText(Path.Combine(folder, "cmdline"));
                if (commandLine.Contains(mark, StringComparison.Ordinal) && !File.ReadAllText(Path.Combine(folder, "stat")).Contains(") Z ", StringComparison.Ordinal))
                {
                    return true;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Not a process, or one that just ended.
            }
        }

        return false;
    }

    public ValueTask DisposeAsync() => Repository.DisposeAsync();
}
