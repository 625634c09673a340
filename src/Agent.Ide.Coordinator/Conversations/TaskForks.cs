using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.Coordinator.Models;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Conversations;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Coordinator.Conversations;

/// <summary>Makes tasks that go on where another one was: from a step of a task known here, or from a commit and its notes.</summary>
public sealed class TaskForks
{
    private readonly TaskGit _git;
    private readonly TaskRegistry _tasks;
    private readonly TaskCreation _creation;
    private readonly TaskModels _models;
    private readonly IArtifacts _artifacts;

    public TaskForks(TaskGit git, TaskRegistry tasks, TaskCreation creation, TaskModels models, IArtifacts artifacts)
    {
        _git = git;
        _tasks = tasks;
        _creation = creation;
        _models = models;
        _artifacts = artifacts;
    }

    /// <summary>A new task whose branch and conversation are those of another task just after a step; the other is left as it is.</summary>
    /// <exception cref="RequestFailedException">There is no such step, or its commit is gone; nothing was made.</exception>
    public async Task<AgentTask> ForkAsync(ClientContext client, ForkParams request, CancellationToken cancellationToken)
    {
        using var lease = await _tasks.LeaseAsync(request.Id, cancellationToken);
        var parent = lease.Actor.Snapshot;
        if (parent.Worktree is null)
        {
            throw new RequestFailedException(
                "notStarted", $"Task {parent.Id} has not started: it has no step to fork from.", "Run its prompt again, or wait until it has started.", ExitCodes.Failed);
        }

        IReadOnlyList<TaskEvent> conversation = [];
        if (request.Step != 0)
        {
            conversation = ConversationLine.Through(lease.Actor.ReadLog(), step => step.Step == request.Step) ?? throw UnknownStep(parent, request.Step);
        }

        var start = conversation.OfType<StepFinished>().LastOrDefault(step => step.Commit is not null)?.Commit ?? parent.StartCommit;
        return await ForkAsync(client, parent, request.Step, start, conversation, request.Prompt, cancellationToken);
    }

    /// <summary>
    /// Goes on from a checkpoint: with its task where that is known here, stopped or failed and on that commit; else with a new task
    /// from that step, whose conversation comes from the log or, where there is none, from the notes.
    /// </summary>
    /// <exception cref="RequestFailedException">It is no checkpoint, or its conversation is not to be had; nothing was made.</exception>
    public async Task<AgentTask> ResumeAsync(ClientContext client, ResumeCommitParams request, CancellationToken cancellationToken)
    {
        var checkpoint = await Checkpoint.FindAsync(_git.Store, request.Commit, cancellationToken);
        if (_tasks.Exists(checkpoint.Task))
        {
            using var lease = await _tasks.LeaseAsync(checkpoint.Task, cancellationToken);
            var task = lease.Actor.Snapshot;
            if (task.Head == checkpoint.Commit && task.State is TaskState.Stopped or TaskState.Failed)
            {
                await lease.Actor.ResumeAsync(cancellationToken);
                return _tasks.View(task.Id);
            }

            if (ConversationLine.Through(lease.Actor.ReadLog(), step => step.Commit == checkpoint.StepCommit) is { } conversation)
            {
                return await ForkAsync(client, task, checkpoint.Step, checkpoint.Commit, conversation, null, cancellationToken);
            }
        }

        var noted = await new NotedConversations(_git.Store).ReadAsync(checkpoint, cancellationToken);
        foreach (var text in noted.Artifacts)
        {
            await _artifacts.PutAsync(text, cancellationToken);
        }

        return await _creation.CreateAsync(
            client,
            new CreateTaskParams { Prompt = noted.About.Prompt, Title = noted.About.Title, Base = noted.BaseCommit, IncludeUncommitted = false },
            new InheritedConversation
            {
                From = checkpoint.Task,
                Step = noted.LastStep,
                Start = checkpoint.Commit,
                Conversation = noted.Entries,
                CarriedPaths = await CarriedByAsync(noted.BaseCommit, cancellationToken),
            },
            cancellationToken);
    }

    private async Task<AgentTask> ForkAsync(
        ClientContext client, TaskSnapshot parent, int step, string start, IReadOnlyList<TaskEvent> conversation, string? prompt, CancellationToken cancellationToken)
    {
        if (prompt is not null && string.IsNullOrWhiteSpace(prompt))
        {
            throw new RequestFailedException("emptyPrompt", "The prompt is empty.", "Leave it out to go on as the task was.", ExitCodes.Usage);
        }

        if (await _git.Store.ResolveCommitAsync(start, cancellationToken) is null)
        {
            throw new RequestFailedException(
                "commitGone", $"The commit {start[..12]} of step {step} of task {parent.Id} is not in the repository any more.", "Fork from another step.", ExitCodes.Failed);
        }

        var created = parent.Created;
        await _git.Store.Repository.FindCheckoutAsync(created.Checkout, cancellationToken); // Fails now rather than in its worktree's making.
        var inherited = new InheritedConversation
        {
            From = parent.Id,
            Step = step,
            Start = start,
            Conversation = conversation,
            CarriedPaths = parent.Worktree!.CarriedPaths,
            Prompt = prompt,
        };
        var title = prompt is null ? created.Title : TaskCreation.Title(new CreateTaskParams { Prompt = prompt });
        var id = _creation.NewId(title, created.Prompt + inherited.Seed, client.Environment);

        // Settings and model are the parent's: it is the same task going another way. Nobody's approval comes along.
        created = inherited.ApplyTo(created with
        {
            Id = id,
            Title = title,
            // What has landed of the parent merges as what it is: the same change on both sides.
            BaseCommit = parent.StartCommit,
            Branch = $"{created.Branch[..^(parent.Id.Length + 1)]}/{id}",
            Worktree = Path.Combine(Path.GetDirectoryName(created.Worktree)!, id),
            DependsOn = [],
            AcceptWhenReady = false,
            Unattended = false,
        });
        _models.Remember(id, client.Environment);
        return await _tasks.AddAsync(created, inherited.Entries, TaskSurroundings.None, cancellationToken);
    }

    /// <summary>A base that we made ourselves carries uncommitted work of whoever began the task.</summary>
    private async Task<IReadOnlyList<string>> CarriedByAsync(string baseCommit, CancellationToken cancellationToken)
    {
        var commit = await _git.Store.ReadCommitAsync(baseCommit, cancellationToken);
        while (commit is { Parents.Count: > 0 } && Checkpoint.IsBetweenSteps(commit))
        {
            commit = await _git.Store.ReadCommitAsync(commit.Parents[0], cancellationToken);
        }

        if (commit is not { Parents.Count: 1 } || !commit.Author.StartsWith($"{GitIdentity.Agent.Name} <{GitIdentity.Agent.Email}> ", StringComparison.Ordinal))
        {
            return [];
        }

        var diff = await _git.CompareAsync(commit.Parents[0], commit.Hash, cancellationToken);
        return [.. diff.Files.SelectMany(file => file.OldPath is null ? [file.Path] : new[] { file.OldPath, file.Path })];
    }

    private static RequestFailedException UnknownStep(TaskSnapshot task, int step) => task.OpenStep?.Step == step
        ? new RequestFailedException("openStep", $"Step {step} of task {task.Id} has not ended yet.", $"Wait for it, or fork at step {task.LastStep}.", ExitCodes.Failed)
        : new RequestFailedException(
            "unknownStep", $"Task {task.Id} has the steps 0 (its base) to {task.LastStep}; {step} is none of them.", $"`agent-ide show {task.Id}` lists them.", ExitCodes.Usage);
}
