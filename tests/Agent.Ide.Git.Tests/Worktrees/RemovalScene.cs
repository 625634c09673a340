using System.Globalization;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

/// <summary>One random story of one worktree, checked at every restore.</summary>
internal sealed class RemovalScene : IAsyncDisposable
{
    private static readonly string[] Writes =
    [
        "echo {0} > a.txt",
        // Nothing confines these writes: one that went through the link below would change what no agent can.
        "test -L folder || echo {0} >> folder/b.txt",
        "rm -f other/c.txt",
        "mkdir -p new/deep && echo {0} > new/deep/file{0}",
        "chmod +x a.txt",
        "test -L folder || (chmod -x folder/run.sh; chmod 755 folder/b.txt)",
        "ln -sfn \"$OUTSIDE\" out && ln -sfn missing/{0} dangling",
        "rm -rf folder && ln -s \"$OUTSIDE\" folder",
        "rm -rf other && echo file > other",
        "rm -f a.txt && mkdir -p a.txt && echo {0} > a.txt/inner",
        "mkdir -p build/in && echo {0} > build/in/out{0} && echo x > build/y",
        "echo {0} > local.log && mkdir -p new && echo {0} > new/some.log",
        "mkdir -p inner && cd inner && git init -q . && echo {0} > inner.txt && git add . && git -c user.name=a -c user.email=a@b commit -qm {0} && echo more > loose.txt",
        "mkdir -p build/repo && git init -q build/repo",
        "test -e pipe || mkfifo pipe; mkdir -p build && (test -e build/pipe || mkfifo build/pipe)",
        "mkdir -p empty/{0}/folder",
        "echo {0} > \"$(printf 'odd\\377name')\" && mkdir -p \"$(printf 'dir\\376')\" && echo {0} > \"$(printf 'dir\\376/x.log')\"",
        "rm -rf locked{0}; mkdir -p locked{0}/in && echo {0} > locked{0}/in/file && echo {0} > locked{0}/in/z.log && chmod 555 locked{0}/in",
        "echo '*.tmp' >> .gitignore && echo {0} > ignored.tmp",
        "rm -f .gitignore",
        "echo {0} > -- 2>/dev/null; echo {0} > ' name with spaces '; echo {0} > '*'",
        "head -c 5000 /dev/zero | tr '\\0' x > oversize.txt",
        "truncate -s 17M large.log",
        "printf 'crlf\\r\\n{0}\\r\\n' > crlf.txt",
        "mkdir -p node.log && cd node.log && seq 1 20 | xargs touch",
    ];

    private readonly TempRepository _user;
    private readonly string _id;
    private readonly Random _random;
    private TaskFixture _task = null!;
    private Worktree _worktree = null!;
    private WorktreePhase? _deathAt;
    private int _step;

    public RemovalScene(TempRepository user, string id, Random random)
    {
        _user = user;
        _id = id;
        _random = random;
    }

    /// <summary>What has happened so far.</summary>
    public List<string> Story { get; } = [];

    public async Task PlayAsync()
    {
        await OpenAsync();
        _worktree = await _task.Worktrees.CreateAsync(new WorktreeRequest { Id = _id, Place = _task.Place });
        for (var cycle = _random.Next(1, 3); cycle > 0; cycle--)
        {
            for (var count = _random.Next(1, 7); count > 0; count--)
            {
                await ActAsync();
            }

            await RemoveAndRestoreAsync();
        }

        await UntilItSucceedsAsync(() => RemoveAsync(CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        if (_task is not null)
        {
            _task.Worktrees.Dispose();
            await _task.Store.DisposeAsync();
        }
    }

    private async Task OpenAsync()
    {
        await DisposeAsync();
        _task = await TaskFixture.OpenAsync(_user, maxFileBytes: 4096);
        _task.Worktrees.PhaseReached = (_, phase) =>
        {
            if (phase == _deathAt)
            {
                _deathAt = null;
                throw new DeathException();
            }
        };
    }

    private async Task ActAsync()
    {
        switch (_random.Next(10))
        {
            case 0:
                Story.Add("checkpoint");
                await CheckpointAsync();
                break;
            case 1:
                Story.Add("roll back");
                await _task.Rollback.ToAsync(_worktree, await TipAsync(), _worktree.Base);
                break;
            case 2:
                Story.Add("user edits");
                _user.Write("a.txt", $"user {_random.Next(1000)}\n").Write($"user/{_random.Next(5)}.txt", "mine\n");
                break;
            case 3:
                Story.Add("person stages");
                await Shell.TryAsync(_worktree.Root, "git add a.txt new other 2>/dev/null; git add local.log -f 2>/dev/null");
                break;
            default:
                var write = string.Format(CultureInfo.InvariantCulture, Writes[_random.Next(Writes.Length)], _random.Next(9));
                Story.Add(write);
                await Shell.TryAsync(_worktree.Root, $"OUTSIDE='{Path.Combine(_user.Folder, "outside")}'; {write}");
                break;
        }
    }

    private async Task RemoveAndRestoreAsync()
    {
        await Shell.TryAsync(_worktree.Root, "chmod -R u+rwx .");
        var before = await Contents.ReadAsync(_worktree.Root);
        var checkout = await _user.FingerprintAsync();
        var tip = await TipAsync();
        WorktreeRemoval? removal = null;
        _deathAt = Any(WorktreePhase.Pinned, WorktreePhase.Removed);
        Story.Add($"remove, dying at {_deathAt?.ToString() ?? "nothing"}");
        await UntilItSucceedsAsync(async () => removal = await RemoveAsync(CancellationToken.None) ?? removal);
        if (_worktree.Root is var root && Directory.Exists(root))
        {
            throw new InvalidOperationException("The folder is still there.");
        }

        Directory.EnumerateFileSystemEntries(Path.Combine(_user.Path)).Select(Path.GetFileName).ShouldNotContain(name => name!.StartsWith(".removing", StringComparison.Ordinal));
        _deathAt = Any(WorktreePhase.BranchRestored, WorktreePhase.Restored);
        Story.Add($"restore, dying at {_deathAt?.ToString() ?? "nothing"}");
        await UntilItSucceedsAsync(async () => _worktree = await _task.Worktrees.RestoreAsync(_id, _task.Place));

        (await _user.FingerprintAsync()).ShouldEqual(checkout);
        (await TipAsync()).ShouldBe(tip);
        var lost = before.Except(await Contents.ReadAsync(_worktree.Root)).ToList();
        lost.RemoveAll(entry => entry.Contains("large.log", StringComparison.Ordinal) && removal is null or { NotKept.Count: > 0 });
        lost.ShouldBeEmpty();
        (await Contents.ReadAsync(_worktree.Root)).Except(before).ShouldBeEmpty();
    }

    private async Task<WorktreeRemoval?> RemoveAsync(CancellationToken cancellationToken) =>
        await _task.Worktrees.FindAsync(_id, cancellationToken) is { } worktree
            ? await _task.Worktrees.RemoveAsync(worktree, deleteBranch: true, cancellationToken)
            : null;

    /// <summary>What a new process does after the death of one: all that was in memory is gone. A file may have gone with it.</summary>
    private async Task UntilItSucceedsAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (DeathException)
        {
            if (_random.Next(2) == 0)
            {
                await DeleteSomethingDoomedAsync();
            }

            await OpenAsync();
            await action();
        }
    }

    /// <summary>The deletion may have come halfway: whatever the journal says is out of the folder, the rest may be gone in part.</summary>
    private async Task DeleteSomethingDoomedAsync()
    {
        var gitDirectory = _worktree.GitDirectory;
        if (RemovalMark.Read(gitDirectory) is { Stage: RemovalStage.Clearing } mark)
        {
            Story.Add("half deleted");
            await Shell.TryAsync("/", $"rm -rf '{mark.Doomed}'/[a-m]*");
        }
    }

    private async Task CheckpointAsync()
    {
        await _task.Checkpoints.StoreAsync(new CheckpointRequest
        {
            Worktree = _worktree,
            ExpectedTip = await TipAsync(),
            Subject = $"run_command: step {++_step}",
            Trailers = [new(CheckpointTrailers.Task, _id), new(CheckpointTrailers.Step, _step.ToString(CultureInfo.InvariantCulture))],
        });
    }

    private async Task<string> TipAsync() => (await _task.Store.ResolveCommitAsync(_worktree.Branch))!;

    private WorktreePhase? Any(WorktreePhase first, WorktreePhase last) =>
        _random.Next(4) == 0 ? null : (WorktreePhase)_random.Next((int)first, (int)last + 1);

    private sealed class DeathException : Exception;
}
