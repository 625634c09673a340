using System.Text.Json;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Tests.Loop;

/// <summary>
/// Files, a branch and the tools on them, in memory. <c>write_file</c> appends instead of replacing, so that a call that
/// is executed twice shows.
/// </summary>
internal sealed class FakeWorktree(Journal journal) : IToolHost, ICheckpoints
{
    private readonly List<(int Step, string Commit, string Subject, Dictionary<string, string> Files)> _commits = [];

    public bool IsSandboxed { get; set; } = true;

    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Subjects => [.. _commits.Select(commit => commit.Subject)];

    public string Tip => _commits[^1].Commit;

    public List<ToolInvocation> Invocations { get; } = [];

    /// <summary>Takes the place of what a tool does.</summary>
    public Func<ToolInvocation, CancellationToken, Task<ToolOutcome?>>? Instead { get; set; }

    public Func<CheckpointRequest, Exception?>? CommitFails { get; set; }

    public async Task<ToolOutcome> ExecuteAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        await Task.Yield();
        await journal.ReachAsync($"before {invocation.Tool}");
        journal.Add($"tool {invocation.Tool}");
        Invocations.Add(invocation);
        var outcome = Instead is null ? null : await Instead(invocation, cancellationToken);
        outcome ??= Execute(invocation);
        await journal.ReachAsync($"after {invocation.Tool}");
        return outcome;
    }

    public async Task<StoredCheckpoint?> CommitAsync(CheckpointRequest request, CancellationToken cancellationToken)
    {
        await Task.Yield();
        await journal.ReachAsync("before commit");
        if (CommitFails?.Invoke(request) is { } failure)
        {
            throw failure;
        }

        var last = _commits.Count == 0 ? [] : _commits[^1].Files;
        var changed = Files.Where(file => !last.TryGetValue(file.Key, out var old) || old != file.Value).Select(file => file.Key)
            .Where(path => request.Paths?.Contains(path) ?? true).ToList();
        if (changed.Count == 0)
        {
            return null;
        }

        var commit = $"{_commits.Count + 1:x40}";
        _commits.Add((request.Step, commit, request.Subject, new Dictionary<string, string>(Files)));
        journal.Add($"commit {request.Step}");
        await journal.ReachAsync("after commit");
        return new StoredCheckpoint(commit, changed);
    }

    public async Task<(int Step, string Commit)?> ReadTipAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        await journal.ReachAsync("read tip");
        return _commits.Count == 0 ? null : (_commits[^1].Step, _commits[^1].Commit);
    }

    public async Task<string> DescribeAsync(string commit, CancellationToken cancellationToken)
    {
        await Task.Yield();
        await journal.ReachAsync("describe");
        return $"diff of {commit[^4..]}";
    }

    private ToolOutcome Execute(ToolInvocation invocation)
    {
        using var arguments = JsonDocument.Parse(invocation.Arguments);
        string Text(string name) => arguments.RootElement.GetProperty(name).GetString()!;
        switch (invocation.Tool)
        {
            case "read_file":
                return Files.TryGetValue(Text("path"), out var content)
                    ? new ToolOutcome { Content = content, Summary = $"read {Text("path")}" }
                    : ToolOutcome.Error(ToolErrors.NotFound, $"There is no file {Text("path")}.");
            case "write_file":
                Files[Text("path")] = Files.GetValueOrDefault(Text("path"), string.Empty) + Text("content");
                return new ToolOutcome { Content = "Written.", Summary = $"wrote {Text("path")}", ChangedPaths = [Text("path")] };
            case "run_command":
                Files["log.txt"] = Files.GetValueOrDefault("log.txt", string.Empty) + Text("command") + "\n";
                return new ToolOutcome { Content = "exit 0", Summary = $"ran {Text("command")}", ChangedPaths = null };
            default:
                return ToolOutcome.Error(ToolErrors.Failed, $"{invocation.Tool} is not part of this test.");
        }
    }
}

internal sealed class MemoryArtifacts(Journal journal) : IArtifacts
{
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    public int Count => _texts.Count;

    public async Task<string> PutAsync(string content, CancellationToken cancellationToken)
    {
        await Task.Yield();
        await journal.ReachAsync("put artifact");
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(content));
        var reference = Convert.ToHexStringLower(hash)[..16];
        _texts[reference] = content;
        return reference;
    }

    public Task<string?> GetAsync(string reference, CancellationToken cancellationToken) =>
        Task.FromResult(_texts.GetValueOrDefault(reference));
}
