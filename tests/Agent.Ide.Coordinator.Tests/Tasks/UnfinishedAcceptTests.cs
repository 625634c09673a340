using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Coordinator.Tests.Conversations;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Testing.Machines;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Coordinator.Tests.Tasks;

/// <summary>A coordinator that dies in an accept which the next one cannot end, because a filter fails.</summary>
public sealed class UnfinishedAcceptTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TakenUp_WhileAFilterKeepsItFromBeingEnded_SaysSo_AndIsInOrderOnceItWorks(bool hasLanded)
    {
        await using var task = await PartialAcceptTests.TwoFilesAsync();
        var repository = task.Repository;
        repository.Write(".git/info/attributes", "notes.txt filter=bad\n");
        task.Log.Append(new TaskStateChanged { To = TaskState.Merging });
        await PartialAcceptRecoveryTests.DieAsync(task, hasLanded ? AcceptStage.RefMoved : AcceptStage.FilesUpdated, ontoCurrent: false);
        var accept = repository.FullPath($".git/agent-ide/accept/{LiveTask.Id}");
        Directory.Delete(Path.Combine(accept, "kept"), recursive: true);
        repository.Delete("notes.txt").AppendConfig("filter.bad.required", "true").AppendConfig("filter.bad.smudge", "exit 1").AppendConfig("filter.bad.clean", "cat");

        await task.TakeUpAsync();

        var snapshot = task.Log.Snapshot;
        snapshot.State.ShouldBe(hasLanded ? TaskState.Merged : TaskState.ReadyForReview);
        var said = hasLanded ? snapshot.Accepted!.Kept.ShouldHaveSingleItem() : snapshot.Error.ShouldNotBeNull().Message;
        said.ShouldContain("notes.txt: smudge filter ");
        said.ShouldContain(repository.FullPath(".git/index.lock"));
        snapshot.Error?.Code.ShouldBe(TaskMergeResult.UnfinishedCode);

        repository.AppendConfig("filter.bad.smudge", "cat");
        await task.Git.RecoverAcceptsAsync(LiveTask.Id, CancellationToken.None);
        await task.TakeUpAsync();

        task.Log.Snapshot.Error.ShouldBeNull();
        (await repository.GitAsync("status", "--porcelain")).ShouldBeEmpty();
        repository.Read("notes.txt").ShouldBe(hasLanded ? "two\n" : "one\n");
        Path.Exists(accept).ShouldBeFalse();
    }

    [NeedsFact(Need.Unix)]
    public async Task Start_WhileAnAcceptCannotBeEnded_ServesTheOtherTasks_AndEndsItOnceTheFilterWorks()
    {
        const string Script = """
            {"two files": [
                {"calls": [{"name": "write_file", "arguments": {"path": "b.f", "content": "task's b\n"}}]},
                {"calls": [{"name": "write_file", "arguments": {"path": "c.f", "content": "task's c\n"}}]},
                {"text": "Both written."}],
             "another": [{"text": "Nothing to do."}]}
            """;
        await using var repository = await TempRepository.CreateAsync(("b.f", "b\n"), ("c.f", "c\n"), (".gitattributes", "*.f filter=bad\n"));
        var broken = Path.Combine(repository.Folder, "broken");
        var fails = Path.Combine(repository.Folder, "fails");
        // In the user's checkout it breaks at the second file, and from then on fails for all.
        var program = Path.Combine(repository.Folder, "filter.sh");
        await File.WriteAllTextAsync(
            program,
            $"if [ \"$PWD\" = '{repository.Path}' ]; then\n[ -e '{broken}' ] && exit 1\n"
            + $"if [ \"$1\" = smudge ] && [ \"$2\" = c.f ] && [ -e '{fails}' ]; then : > '{broken}'; exit 1; fi\nfi\ncat\n");
        repository.AppendConfig("filter.bad.required", "true")
            .AppendConfig("filter.bad.clean", $"sh '{program}' clean %f").AppendConfig("filter.bad.smudge", $"sh '{program}' smudge %f");
        string id;
        await using (var coordinator = await LiveCoordinator.StartAsync(repository, Script))
        {
            var task = await coordinator.RunAsync("two files");
            id = task.Id;
            await File.WriteAllTextAsync(fails, string.Empty);
            var failure = await Should.ThrowAsync<GitException>(coordinator.DoAsync(
                id, actor => actor.AcceptAsync(new AcceptParams(id, task.Head!), repository.Path, CancellationToken.None)));
            foreach (var named in (string[])["c.f: smudge filter ", "b.f", repository.FullPath(".git/index.lock")])
            {
                failure.Message.ShouldContain(named);
            }

            (await coordinator.SeenAsync(id, "readyForReview")).Error!.Message.ShouldContain("b.f");
            repository.Read("c.f").ShouldBe("c\n");
        }

        await using (var coordinator = await LiveCoordinator.StartAsync(repository, Script))
        {
            coordinator.Services.Tasks.View(id).Error!.Code.ShouldBe(TaskMergeResult.UnfinishedCode);
            await coordinator.RunAsync("another");
        }

        File.Delete(broken);
        File.Delete(fails);
        await using (var coordinator = await LiveCoordinator.StartAsync(repository, Script))
        {
            var task = coordinator.Services.Tasks.View(id);
            (task.State, task.Error).ShouldBe(("readyForReview", null));
            (await repository.GitAsync("status", "--porcelain", "--untracked-files=no")).ShouldBeEmpty();
            (repository.Read("b.f"), repository.Read("c.f")).ShouldBe(("b\n", "c\n"));
            await coordinator.DoAsync(id, actor => actor.AcceptAsync(new AcceptParams(id, task.Head!), repository.Path, CancellationToken.None));
            repository.Read("b.f").ShouldBe("task's b\n");
        }
    }
}
