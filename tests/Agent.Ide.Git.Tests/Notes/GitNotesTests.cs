using System.Text;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

public sealed class GitNotesTests
{
    private const string Ref = "refs/notes/agent-ide/t";

    [Fact]
    public async Task Write_GivesNotesThatGitItselfReads_AndLeavesTheUsersCheckoutAlone()
    {
        await using var task = await TaskFixture.CreateAsync();
        var notes = new GitNotes(task.Store);
        task.Write("a.txt", "two\n");
        var commit = (await task.StoreAsync("a.txt")).Commit!;
        var before = await CheckoutFingerprint.TakeAsync(task.User.Path, task.User.Environment);

        await notes.WriteAsync(Ref, [Note(commit, "first\n"), Note(task.Task.Base, "base\n")], "Steps");
        await notes.WriteAsync(Ref, [Note(commit, "second\n")], "Steps");

        (await task.User.GitAsync("notes", "--ref=agent-ide/t", "show", commit)).TrimEnd().ShouldBe("second");
        (await task.User.GitAsync("log", "-1", "--notes=agent-ide/t", "--format=%N", task.Task.Base)).Trim().ShouldBe("base");
        (await notes.ListAsync(Ref)).ShouldBe([commit, task.Task.Base], ignoreOrder: true);
        (await notes.ReadAsync(Ref, commit, 100)).ShouldBe("second\n"u8.ToArray());
        (await task.User.GitAsync("rev-list", "--count", Ref)).Trim().ShouldBe("2");
        (await task.User.GitAsync("fsck", "--strict", "--no-dangling")).ShouldNotContain("error");
        (await CheckoutFingerprint.TakeAsync(task.User.Path, task.User.Environment)).ShouldEqual(before);
    }

    [Fact]
    public async Task Write_WhenEveryNoteIsAsItShouldBe_MakesNoCommit()
    {
        await using var task = await TaskFixture.CreateAsync();
        var notes = new GitNotes(task.Store);
        await notes.WriteAsync(Ref, [Note(task.Task.Base, "same\n")], "Steps");
        var tip = await task.Store.ResolveCommitAsync(Ref);

        await notes.WriteAsync(Ref, [Note(task.Task.Base, "same\n")], "Steps");

        (await task.Store.ResolveCommitAsync(Ref)).ShouldBe(tip);
    }

    [Fact]
    public async Task Write_OfHundreds_FansOut_AndGitReadsEachOfThem()
    {
        await using var task = await TaskFixture.CreateAsync();
        var notes = new GitNotes(task.Store);
        var blobs = new List<string>();
        var batch = task.Store.NewBatch();
        for (var index = 0; index < 600; index++)
        {
            blobs.Add(batch.Add("blob", Encoding.ASCII.GetBytes($"annotated {index}")));
        }

        batch.Publish(CancellationToken.None);
        for (var start = 0; start < blobs.Count; start += 100)
        {
            await notes.WriteAsync(Ref, [.. blobs.GetRange(start, 100).Select(blob => Note(blob, $"note on {blob}\n"))], "Steps");
        }

        var listed = (await task.User.GitAsync("notes", "--ref=agent-ide/t", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        listed.Select(line => line.Split(' ')[1]).ShouldBe(blobs, ignoreOrder: true);
        (await notes.ListAsync(Ref)).ShouldBe(blobs, ignoreOrder: true);
        foreach (var blob in (string[])[blobs[0], blobs[300], blobs[599]])
        {
            (await task.User.GitAsync("notes", "--ref=agent-ide/t", "show", blob)).Trim().ShouldBe($"note on {blob}");
        }

        (await task.User.GitAsync("ls-tree", Ref)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBeLessThanOrEqualTo(512);
        (await task.User.GitAsync("fsck", "--strict", "--no-dangling")).ShouldNotContain("error");
    }

    [Fact]
    public async Task Write_WhereGitAddedANoteItself_KeepsIt()
    {
        await using var task = await TaskFixture.CreateAsync();
        var notes = new GitNotes(task.Store);
        task.Write("a.txt", "two\n");
        var commit = (await task.StoreAsync("a.txt")).Commit!;
        await task.User.GitAsync("notes", "--ref=agent-ide/t", "add", "-m", "a person's", task.Task.Base);

        await notes.WriteAsync(Ref, [Note(commit, "ours\n")], "Steps");

        (await task.User.GitAsync("notes", "--ref=agent-ide/t", "show", task.Task.Base)).Trim().ShouldBe("a person's");
        (await task.User.GitAsync("notes", "--ref=agent-ide/t", "show", commit)).Trim().ShouldBe("ours");
    }

    [Fact]
    public async Task Write_ByTwoAtOnce_LosesNeither()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("a.txt", "two\n");
        var commit = (await task.StoreAsync("a.txt")).Commit!;
        await using var other = new GitStore(task.Repository, task.Store.Clock);

        await Task.WhenAll(
            Task.Run(() => new GitNotes(task.Store).WriteAsync(Ref, [Note(commit, "one\n")], "Steps")),
            Task.Run(() => new GitNotes(other).WriteAsync(Ref, [Note(task.Task.Base, "two\n")], "Steps")));

        (await new GitNotes(task.Store).ListAsync(Ref)).ShouldBe([commit, task.Task.Base], ignoreOrder: true);
    }

    [Fact]
    public async Task Reads_WhereThereIsNothing_OrTooMuch_SaySo()
    {
        await using var task = await TaskFixture.CreateAsync();
        var notes = new GitNotes(task.Store);

        (await notes.ListAsync(Ref)).ShouldBeEmpty();
        (await notes.ReadAsync(Ref, task.Task.Base, 100)).ShouldBeNull();
        await notes.WriteAsync(Ref, [Note(task.Task.Base, new string('x', 200))], "Steps");
        (await notes.ReadAsync(Ref, new string('1', 40), 100)).ShouldBeNull();
        (await Should.ThrowAsync<GitException>(() => notes.ReadAsync(Ref, task.Task.Base, 100))).Problem.ShouldBe(GitProblem.TooLarge);
    }

    private static KeyValuePair<string, byte[]> Note(string commit, string text) => new(commit, Encoding.UTF8.GetBytes(text));
}
