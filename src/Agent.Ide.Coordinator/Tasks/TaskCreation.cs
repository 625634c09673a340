using Agent.Ide.Coordinator.Configuration;
using Agent.Ide.Coordinator.Configuration.Trust;
using Agent.Ide.Coordinator.Conversations;
using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.Coordinator.Models;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Setup;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>Makes tasks: everything that can be known to be wrong is found here, before anything is left behind.</summary>
public sealed class TaskCreation
{
    private const int MaxTitleCharacters = 72;

    private readonly GitStore _store;
    private readonly TaskRegistry _tasks;
    private readonly TaskModels _models;
    private readonly PlaceQueue _places;
    private readonly AuditLog _audit;

    public TaskCreation(GitStore store, TaskRegistry tasks, TaskModels models, PlaceQueue places, AuditLog audit)
    {
        _store = store;
        _tasks = tasks;
        _models = models;
        _places = places;
        _audit = audit;
    }

    /// <exception cref="RequestFailedException">The request makes no sense; nothing was made.</exception>
    /// <exception cref="ConfigurationException">The configuration is wrong; nothing was made.</exception>
    /// <exception cref="GitException">The repository is not in a state to start from; nothing was made.</exception>
    /// <exception cref="Core.Loop.ModelRequestException">No model can be reached; nothing was made.</exception>
    public Task<AgentTask> CreateAsync(ClientContext client, CreateTaskParams request, CancellationToken cancellationToken) =>
        CreateAsync(client, request, null, cancellationToken);

    /// <param name="client">Whose checkout, configuration and keys.</param>
    /// <param name="request">As for any task.</param>
    /// <param name="inherited">A conversation that it goes on with; null: it begins with its prompt.</param>
    /// <param name="cancellationToken">Nothing was made.</param>
    internal async Task<AgentTask> CreateAsync(
        ClientContext client, CreateTaskParams request, InheritedConversation? inherited, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Prompt))
        {
            throw new RequestFailedException("emptyPrompt", "A task needs a prompt.", "agent-ide run \"what to do\"", ExitCodes.Usage);
        }

        if (request.DependsOn is { Count: > 0 })
        {
            throw RequestFailedException.NotBuilt("A task that depends on others");
        }

        _tasks.RefuseWorktree(client.Checkout);
        var loaded = Load(client);
        var settings = loaded.Settings;

        // A front end's own default is no wish to carry something onto a base that was named.
        var preferred = request.Base is null ? client.Defaults.IncludeUncommitted : null;
        var includeUncommitted = request.IncludeUncommitted ?? preferred ?? settings.Worktree.IncludeUncommitted;
        if (includeUncommitted && request.Base is not null)
        {
            throw new RequestFailedException(
                "carriedOntoOther", "Uncommitted work can only be carried onto the commit it was made on.", "Leave out --base or --include-uncommitted.", ExitCodes.Usage);
        }

        var head = await _store.Repository.EnsureReadyAsync(client.Checkout, cancellationToken);
        var (baseRef, baseCommit, target) = await StartAsync(request.Base, head, cancellationToken);
        var taskSettings = WithNetwork(settings.ToTaskSettings(), request);
        var model = await _models.ChooseAsync(taskSettings, request.Model ?? client.Defaults.Model ?? settings.Model, client.Environment, cancellationToken);

        var prompt = request.Selection is { } selection ? SelectionPrompt.Of(request.Prompt, selection, client.Checkout.Root) : request.Prompt;
        var title = Title(request);
        var id = NewId(title, $"{prompt}\n{baseCommit}{inherited?.Seed}", client.Environment);
        var created = new TaskCreated
        {
            Id = id,
            Title = title,
            Prompt = prompt,
            Checkout = client.Checkout.Root,
            BaseRef = baseRef,
            BaseCommit = baseCommit,
            TargetRef = target,
            Branch = $"{settings.Worktree.BranchPrefix}/{id}",
            Worktree = Path.Combine(client.Checkout.Root, settings.Worktree.BasePath, id),
            IncludeUncommitted = includeUncommitted,
            Model = model.Model,
            ModelWindow = model.ContextWindow,
            Settings = model.ApplyTo(taskSettings),
            AcceptWhenReady = request.Accept,
            Unattended = request.Unattended,
            NetworkAllowedFor = request.AllowNetwork && taskSettings.Network == TaskSettings.FullNetwork ? id : null,
        };
        if (created.NetworkAllowedFor is not null)
        {
            _audit.Write("approval", id, nameof(ApprovalDecision.Allow), detail: "network, when the task was made");
        }

        _models.Remember(id, client.Environment);
        _places.SetLimit(settings.Worktree.MaxConcurrent);
        return await _tasks.AddAsync(
            inherited?.ApplyTo(created) ?? created,
            inherited?.Entries ?? [],
            new TaskSurroundings { Notices = [.. loaded.Notices.Select(notice => notice.Message), $"Model: {model.Model}, {model.Server}."] },
            cancellationToken);
    }

    /// <summary>One line each about the configuration as this client would use it; its errors are told when a task is made.</summary>
    public IReadOnlyList<string> Notices(ClientContext client)
    {
        try
        {
            return [.. Load(client).Notices.Select(notice => notice.Message)];
        }
        catch (ConfigurationException e)
        {
            return [e.Message];
        }
    }

    /// <summary>What a task that this client resumes may use; null where the configuration has errors, which are told when a task is made.</summary>
    public LimitsChanged? LimitsOf(ClientContext client)
    {
        try
        {
            var settings = Load(client).Settings.ToTaskSettings();
            return new LimitsChanged { Limits = settings.Limits, TimeSeconds = settings.TimeSeconds };
        }
        catch (ConfigurationException)
        {
            return null;
        }
    }

    /// <param name="client">Whose checkout and whose trust.</param>
    /// <param name="accept">False only reports.</param>
    public async Task<TrustResult> TrustAsync(ClientContext client, bool accept, CancellationToken cancellationToken)
    {
        var sources = ConfigurationSources.FromEnvironment(client.Environment);
        var report = new ConfigurationLoader(sources).InspectTrust(client.Checkout.Root, _store.Repository.CommonDirectory);
        if (report is null)
        {
            return new TrustResult(null, false, []);
        }

        if (accept && !report.IsTrusted)
        {
            var file = sources.TrustFile ?? throw new RequestFailedException(
                "noTrustFile", "There is no folder to remember trust in.", "Set HOME or XDG_STATE_HOME.", ExitCodes.Environment);
            await new TrustStore(file).TrustAsync(report, cancellationToken);
            _audit.Write("trust", null, report.Hash, detail: report.File);
        }

        return new TrustResult(report.File, report.IsTrusted || accept, [.. report.Items.Select(item => new TrustEntry(item.Key, item.Value, item.Line))]);
    }

    private static TaskSettings WithNetwork(TaskSettings settings, CreateTaskParams request)
    {
        const string None = "none";
        settings = request.Network switch
        {
            null => settings,
            None or TaskSettings.FullNetwork => settings with { Network = request.Network },
            _ => throw new RequestFailedException("unknownNetwork", $"There is no network '{request.Network}'.", "It is none or full.", ExitCodes.Usage),
        };
        return !request.AllowNetwork || settings.Network == TaskSettings.FullNetwork
            ? settings
            : throw new RequestFailedException(
                "noNetworkAsked", "The task was allowed a network that it does not ask for.", "Add --network full.", ExitCodes.Usage);
    }

    private LoadedConfiguration Load(ClientContext client) =>
        new ConfigurationLoader(ConfigurationSources.FromEnvironment(client.Environment)).Load(client.Checkout.Root, _store.Repository.CommonDirectory);

    /// <summary>What the task starts from, and the branch it lands on: the named one if a branch was named, else the one the user is on.</summary>
    private async Task<(string Ref, string Commit, string? Target)> StartAsync(string? named, GitHead head, CancellationToken cancellationToken)
    {
        if (named is null)
        {
            return (head.Branch is null ? head.Commit! : Short(head.Branch), head.Commit!, head.Branch);
        }

        var branch = "refs/heads/" + named;
        if (await _store.ResolveCommitAsync(branch, cancellationToken) is { } tip)
        {
            return (named, tip, branch);
        }

        var commit = await _store.Repository.ResolveCommitAsync(named, cancellationToken) ?? throw new RequestFailedException(
            "unknownBase", $"There is no commit '{named}' to start from.", "Name a branch, a tag or a commit of this repository.", ExitCodes.Usage);
        return (named, commit, head.Branch);
    }

    /// <param name="title">What the id begins with.</param>
    /// <param name="seed">What the task is about; it alone decides a reproducible id.</param>
    /// <param name="environment">Of whoever asks: the id stands in every commit, so where these must come out equal again, so must it.</param>
    internal string NewId(string title, string seed, IReadOnlyDictionary<string, string> environment)
    {
        var reproducible = environment.ContainsKey(ClientVariables.SourceDateEpoch);
        for (var attempt = 0; ; attempt++)
        {
            var id = reproducible ? TaskId.CreateFrom(title, $"{seed}\n{attempt}") : TaskId.Create(title);
            if (!_tasks.Exists(id))
            {
                return id;
            }
        }
    }

    private static string Short(string reference) =>
        reference.StartsWith("refs/heads/", StringComparison.Ordinal) ? reference["refs/heads/".Length..] : reference;

    /// <summary>One printable line.</summary>
    internal static string Title(CreateTaskParams request)
    {
        var place = request.Selection is { } selection ? $"{SelectionPrompt.FileName(selection)}: " : string.Empty;
        return OneLine.Of(string.IsNullOrWhiteSpace(request.Title) ? place + FirstLine(request.Prompt) : request.Title, MaxTitleCharacters);
    }

    private static string FirstLine(string prompt)
    {
        var text = prompt.Trim();
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }
}
