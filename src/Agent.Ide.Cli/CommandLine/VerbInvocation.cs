using System.Collections.ObjectModel;
using System.CommandLine;
using Agent.Ide.Cli.Hosting;
using Agent.Ide.Cli.Output;
using Agent.Ide.Client;
using Agent.Ide.Protocol;

namespace Agent.Ide.Cli.CommandLine;

/// <summary>One run of a verb: what was typed, where its output goes, and the way to the coordinator.</summary>
internal sealed class VerbInvocation(CliHost host, ParseResult parsed, CommonOptions common, VerbOutput output)
{
    public CliHost Host { get; } = host;

    public VerbOutput Output { get; } = output;

    /// <summary>Whether the command line says which repository is meant; the current folder does otherwise.</summary>
    public bool NamesRepository { get; } = parsed.GetValue(common.Repo) is not null;

    /// <summary>Folder whose repository is meant; absolute.</summary>
    public string Directory { get; } = Path.GetFullPath(parsed.GetValue(common.Repo) ?? host.WorkingDirectory, host.WorkingDirectory);

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T? Get<T>(Argument<T> argument) => parsed.GetValue(argument);

    public bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };

    public Task<RepositoryLocation> LocateAsync(CancellationToken cancellationToken) => Host.Coordinators.LocateAsync(Directory, cancellationToken);

    /// <summary>Attaches to the repository's coordinator, starting it where none runs, and tells its notices.</summary>
    public async Task<AgentClient> AttachAsync(CancellationToken cancellationToken)
    {
        var repository = await LocateAsync(cancellationToken);
        var client = new AgentClient(
            token => Host.Coordinators.OpenAsync(repository, ReadOnlyDictionary<string, string>.Empty, token),
            new AgentClientOptions
            {
                Checkout = repository.Checkout,
                Environment = ClientVariables.Select(Host.Environment),
                Clock = Host.Clock,
            });
        try
        {
            var attached = await client.AttachAsync(cancellationToken);
            if (attached.Version != ProductVersion.Text)
            {
                Output.Note($"The running coordinator is version {TerminalText.Line(attached.Version)}, this is {ProductVersion.Text}: `agent-ide coordinator stop` makes room for the new one.");
            }

            foreach (var notice in attached.Notices)
            {
                Output.NoteOnce(TerminalText.Line(notice));
            }

            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Attaches to the coordinator only if one runs, and never starts another; null where none runs.</summary>
    public async Task<AgentClient?> AttachToRunningAsync(CancellationToken cancellationToken)
    {
        var repository = await LocateAsync(cancellationToken);
        var stream = await Host.Coordinators.TryOpenAsync(repository, cancellationToken);
        if (stream is null)
        {
            return null;
        }

        var client = new AgentClient(
            _ => Task.FromResult(stream),
            new AgentClientOptions { Checkout = repository.Checkout, ReconnectDelays = [], Clock = Host.Clock });
        try
        {
            await client.AttachAsync(cancellationToken);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>The id that an abbreviation means.</summary>
    /// <exception cref="UsageException">None or several.</exception>
    public static string ResolveId(AgentClient client, string typed)
    {
        var tasks = client.Board.Tasks;
        if (tasks.Any(task => task.Id == typed))
        {
            return typed;
        }

        var candidates = tasks.Where(task => typed.Length > 0 && task.Id.StartsWith(typed, StringComparison.Ordinal)).Select(task => task.Id).ToList();
        return candidates.Count switch
        {
            1 => candidates[0],
            0 when tasks.Count == 0 => throw new UsageException(
                $"There is no task '{TerminalText.Line(typed)}': this repository has none yet.", "Start one: `agent-ide run \"…\"`."),
            0 => throw new UsageException(
                $"There is no task '{TerminalText.Line(typed)}' in this repository.", $"Tasks: {Listed(tasks.Select(task => task.Id))}."),
            _ => throw new UsageException($"'{TerminalText.Line(typed)}' fits several tasks.", $"Say which: {Listed(candidates)}."),
        };
    }

    private static string Listed(IEnumerable<string> ids)
    {
        const int Shown = 8;
        var all = ids.ToList();
        return string.Join(", ", all.Take(Shown)) + (all.Count > Shown ? $", … ({all.Count} in all, `agent-ide tasks`)" : string.Empty);
    }
}
