using System.Security.Cryptography;
using System.Text;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

public sealed class LfsContentTests
{
    private const string Content = "a large file, as far as this test is concerned\n";

    private static string PointerOf(string content) =>
        $"version https://git-lfs.github.com/spec/v1\noid sha256:{HashOf(content)}\nsize {content.Length}\n";

    private static string HashOf(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    /// <summary>
    /// A repository whose user has LFS: a script that makes pointers and keeps content as git-lfs does, and that leaves a mark where it is asked
    /// for content, which would be the moment to fetch.
    /// </summary>
    private static async Task<TempRepository> CreateAsync(string files = "*.bin")
    {
        var user = await TempRepository.CreateAsync((".gitattributes", $"{files} filter=lfs -text\n"), ("a.txt", "one\n"));
        var program = Path.Combine(user.Home, "lfs.sh");
        await File.WriteAllTextAsync(
            program,
            $$"""
            store='{{user.Path}}/.git/lfs/objects'
            if [ "$1" = smudge ]; then touch '{{user.Home}}/asked'; h=$(sed -n 's/^oid sha256://p'); exec cat "$store/$(echo $h | cut -c1-2)/$(echo $h | cut -c3-4)/$h"; fi
            t=$(mktemp); cat > $t
            if head -c 30 $t | grep -q '^version https://git-lfs'; then cat $t; rm $t; exit 0; fi
            h=$(sha256sum $t | cut -d' ' -f1); d="$store/$(echo $h | cut -c1-2)/$(echo $h | cut -c3-4)"; mkdir -p "$d"; cp $t "$d/$h"
            printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %s\n' $h $(stat -c %s $t); rm $t
            """.ReplaceLineEndings("\n"));
        user.AppendConfig("filter.lfs.clean", $"sh {program} clean").AppendConfig("filter.lfs.smudge", $"sh {program} smudge").AppendConfig("filter.lfs.required", "true");
        user.Write("content.bin", Content).Write("pointer.bin", Content + "2");
        await user.CommitAsync();
        user.Write("pointer.bin", PointerOf(Content + "2"));
        await user.GitAsync("add", "pointer.bin");
        return user;
    }

    [Fact]
    public async Task Create_ShowsContentWhereTheUserHasContent_AndPointersWhereTheyHavePointers_WithoutAskingTheFilter()
    {
        await using var user = await CreateAsync();
        (await user.GitAsync("status", "--porcelain")).ShouldBeEmpty();
        File.Delete(Path.Combine(user.Home, "asked"));

        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();

        File.ReadAllText(task.FullPath("content.bin")).ShouldBe(Content);
        File.ReadAllText(task.FullPath("pointer.bin")).ShouldBe(PointerOf(Content + "2"));
        File.Exists(Path.Combine(user.Home, "asked")).ShouldBeFalse();

        // As a sandbox sees it: without the filter, by the index alone.
        (await user.GitAsync("-c", "filter.lfs.clean=", "-c", "filter.lfs.required=false", "-C", task.Task.Root, "status", "--porcelain")).ShouldBeEmpty();
        (await task.StoreAsync()).Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task Create_WhenTheStoreHasItNoMore_TakesItFromTheCheckout_UnlessThatWasEdited()
    {
        await using var user = await CreateAsync();
        Directory.Delete(user.FullPath(".git/lfs"), recursive: true);
        await using var task = await TaskFixture.OpenAsync(user);
        var same = await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "same", Place = task.Place });
        user.Write("content.bin", Content.ToUpperInvariant());

        var edited = await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "edited", Place = task.Place });

        File.ReadAllText(Path.Combine(same.Root, "content.bin")).ShouldBe(Content);
        File.ReadAllText(Path.Combine(edited.Root, "content.bin")).ShouldBe(PointerOf(Content));
    }

    [Fact]
    public async Task Checkpoint_OfChangedContent_StoresItsPointer_AndARollbackBringsTheContentBack()
    {
        await using var user = await CreateAsync();
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        task.Write("content.bin", "changed by the agent\n");
        task.Write("new.bin", "made by the agent\n");

        var step = (await task.StoreAsync()).Commit!;

        (await user.ShowAsync(step, "content.bin")).ShouldBe(PointerOf("changed by the agent\n"));
        (await user.ShowAsync(step, "new.bin")).ShouldBe(PointerOf("made by the agent\n"));
        File.Delete(Path.Combine(user.Home, "asked"));
        await task.Rollback.ToAsync(task.Task, step, task.Task.Base);
        File.ReadAllText(task.FullPath("content.bin")).ShouldBe(Content);
        File.Exists(Path.Combine(user.Home, "asked")).ShouldBeFalse();
        (await task.StoreAsync()).Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task Restore_BringsTheAgentsContentBack()
    {
        await using var user = await CreateAsync();
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        task.Write("content.bin", "changed by the agent\n");
        await task.StoreAsync();
        await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);

        var restored = await task.Worktrees.RestoreAsync("t", task.Place);

        File.ReadAllText(Path.Combine(restored.Root, "content.bin")).ShouldBe("changed by the agent\n");
        File.ReadAllText(Path.Combine(restored.Root, "pointer.bin")).ShouldBe(PointerOf(Content + "2"));
    }

    [Fact]
    public async Task Checkpoint_WhenTheProgramIsMissing_NamesFilterAndFile_AndUnchangedFilesNeedNone()
    {
        await using var user = await CreateAsync();
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        File.Delete(Path.Combine(user.Home, "lfs.sh"));
        task.Write("a.txt", "two\n");
        (await task.StoreAsync()).Files.Select(file => file.Path).ShouldBe(["a.txt"]);
        task.Write("content.bin", "changed by the agent\n");

        var failure = await Should.ThrowAsync<GitException>(() => task.StoreAsync());

        failure.Problem.ShouldBe(GitProblem.FilterFailed);
        failure.Message.ShouldContain("content.bin: clean filter 'lfs' failed");
    }

    [Fact]
    public async Task Create_WhereTheUserHasNoLfs_LeavesPointersAsTheirCheckoutDoes()
    {
        await using var user = await TempRepository.CreateAsync((".gitattributes", "*.bin filter=lfs\n"), ("a.bin", PointerOf(Content)));
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();

        File.ReadAllText(task.FullPath("a.bin")).ShouldBe(PointerOf(Content));
    }
}
