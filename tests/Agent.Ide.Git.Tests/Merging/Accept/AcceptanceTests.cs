using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests.Merging.Accept;

public sealed class AcceptanceTests
{
    [Fact]
    public async Task Accept_WhileOtherFilesAreUncommitted_LandsOneCommitOfTheUserAndKeepsTheirWork()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var temp = fixture.Temp;
        temp.Write("b.txt", "staged\n");
        await temp.GitAsync("add", "b.txt");
        temp.Write("c.txt", "modified\n").Write("mine.txt", "untracked\n").Write("new/mine.log", "ignored\n");
        var status = await fixture.StatusAsync();
        var start = await temp.HashAsync("HEAD");

        var outcome = await fixture.AcceptAsync(fixture.Request with { Body = "Why it was done.\n\nAgent-Task: forged" });

        var accepted = outcome.ShouldBeOfType<AcceptOutcome.Accepted>();
        accepted.Parent.ShouldBe(start);
        accepted.Ref.ShouldBe("refs/heads/main");
        accepted.Paths.ShouldBe(["a.txt", "new/n.txt"]);
        (await temp.HashAsync("HEAD")).ShouldBe(accepted.Commit);
        (await temp.GitAsync("symbolic-ref", "HEAD")).ShouldBe("refs/heads/main");
        (await temp.GitAsync("show", "-s", "--format=%an <%ae> %cn %P", "HEAD"))
            .ShouldBe($"{TempRepository.UserName} <{TempRepository.UserEmail}> {TempRepository.UserName} {start}");
        (await temp.GitAsync("show", "-s", "--format=%s|%(trailers:only)", "HEAD")).TrimEnd().ShouldBe(
            $"Do the task|Co-authored-by: Agent.Ide <agent@agent-ide.invalid>\nAgent-Task: some-task\nAgent-Steps: 3\nAgent-Head: {fixture.Request.ExpectedHead}");
        temp.Read("a.txt").ShouldBe(MergeFixture.TenLines.Line(4, "task"));
        temp.Read("new/n.txt").ShouldBe("new\n");
        temp.Read("c.txt").ShouldBe("modified\n");
        (await fixture.StatusAsync()).ShouldBe(status);
        (await temp.GitAsync("diff-files", "--name-only")).ShouldBe("c.txt", "the index knows the files it wrote");
        (await temp.GitAsync("reflog", "-1", "--format=%gs", "main")).ShouldBe("agent-ide: accept some-task");
        (await temp.GitAsync("reflog", "-1", "--format=%gs", "HEAD")).ShouldBe("agent-ide: accept some-task");
        fixture.ShouldBeTidy();
        await temp.FsckAsync();
    }

    [Fact]
    public async Task Accept_OfEveryKindOfChange_BringsItToTheCheckout()
    {
        await using var fixture = await AcceptFixture.CreateAsync(
            t => t.Delete("gone/deep/x.txt").Move("old.txt", "moved/new.txt").Executable("run.sh")
                .Link("link", "run.sh").Delete("folder/inside.txt").Write("folder", "a file now\n")
                .Delete("file").Write("file/inside.txt", "a folder now\n").Write("empty", "").Write("bin", [0, 255, 10, 13])
                .Write("odd \"name\"\n\tü.txt", "odd\n").Write("-dash", "dash\n").Write(":(top)x*", "magic\n"),
            ("gone/deep/x.txt", "x\n"), ("old.txt", MergeFixture.TenLines), ("run.sh", "#!/bin/sh\n"), ("folder/inside.txt", "i\n"), ("file", "f\n"));
        var temp = fixture.Temp;

        (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();

        (await fixture.StatusAsync()).ShouldBeEmpty();
        (await temp.GitAsync("diff", "--stat", "HEAD", fixture.Request.ExpectedHead)).ShouldBeEmpty();
        Directory.Exists(temp.FullPath("gone")).ShouldBeFalse();
        temp.Read("folder").ShouldBe("a file now\n");
        temp.Read("file/inside.txt").ShouldBe("a folder now\n");
        new FileInfo(temp.FullPath("link")).LinkTarget.ShouldBe("run.sh");
        temp.Read("odd \"name\"\n\tü.txt").ShouldBe("odd\n");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(temp.FullPath("run.sh")).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Accept_OntoATargetThatWentOn_MergesWithTheTasksOwnBase()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        fixture.Temp.Write("a.txt", MergeFixture.TenLines.Line(9, "user"));
        var tip = await fixture.Temp.CommitAsync("User goes on");

        var accepted = (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();

        accepted.Parent.ShouldBe(tip);
        fixture.Temp.Read("a.txt").ShouldBe(MergeFixture.TenLines.Line(4, "task").Line(9, "user"));
        (await fixture.StatusAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Accept_ByMerge_KeepsTheTasksHeadAsSecondParent()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var start = await fixture.Temp.HashAsync("HEAD");

        var accepted = (await fixture.AcceptAsync(fixture.Request with { Strategy = AcceptStrategy.Merge })).ShouldBeOfType<AcceptOutcome.Accepted>();

        (await fixture.Temp.GitAsync("show", "-s", "--format=%P", accepted.Commit)).ShouldBe($"{start} {fixture.Request.ExpectedHead}");
    }

    [Fact]
    public async Task Accept_Twice_HasNothingToMergeTheSecondTime()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        await fixture.AcceptAsync();
        var before = await fixture.Temp.FingerprintAsync();

        (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.NothingToMerge>().Message.ShouldContain("main");
        (await fixture.AcceptAsync(fixture.Request with { BaseCommit = fixture.Request.ExpectedHead })).ShouldBeOfType<AcceptOutcome.NothingToMerge>();

        (await fixture.Temp.FingerprintAsync()).ShouldEqual(before);
    }

    [Fact]
    public async Task Accept_OfSomeFiles_AdvancesTheBaseForTheRest()
    {
        await using var fixture = await AcceptFixture.CreateAsync();

        var first = (await fixture.AcceptAsync(fixture.Request with { Files = ["new/n.txt"] })).ShouldBeOfType<AcceptOutcome.Accepted>();
        first.Paths.ShouldBe(["new/n.txt"]);
        fixture.Temp.Read("a.txt").ShouldBe(MergeFixture.TenLines);
        (await fixture.Temp.GitAsync("diff", "--name-only", first.AdvancedBase!, fixture.Request.ExpectedHead)).ShouldBe("a.txt");

        var rest = (await fixture.AcceptAsync(fixture.Request with { BaseCommit = first.AdvancedBase! })).ShouldBeOfType<AcceptOutcome.Accepted>();
        rest.Paths.ShouldBe(["a.txt"]);
        rest.AdvancedBase.ShouldBeNull();
        (await fixture.StatusAsync()).ShouldBeEmpty();
        await fixture.Temp.FsckAsync();
    }

    [Fact]
    public async Task Accept_OntoCurrent_LandsOnAnotherBranchOrADetachedHead()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var start = await fixture.Temp.HashAsync("HEAD");
        await fixture.Temp.BranchAsync("feature");

        var onBranch = (await fixture.AcceptAsync(fixture.Request with { OntoCurrent = true })).ShouldBeOfType<AcceptOutcome.Accepted>();
        onBranch.Ref.ShouldBe("refs/heads/feature");
        (await fixture.Temp.HashAsync("main")).ShouldBe(start);

        await fixture.Temp.GitAsync("checkout", "--quiet", "--detach", "main");
        var detached = (await fixture.AcceptAsync(fixture.Request with { OntoCurrent = true, TargetRef = null })).ShouldBeOfType<AcceptOutcome.Accepted>();
        detached.Ref.ShouldBeNull();
        File.ReadAllText(Path.Combine(fixture.Temp.Path, ".git", "HEAD")).Trim().ShouldBe(detached.Commit);
        (await fixture.Temp.HashAsync("main")).ShouldBe(start);
        (await fixture.StatusAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Accept_InALinkedWorktree_ChangesThatCheckoutOnly()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var linked = Path.Combine(fixture.Temp.Folder, "linked");
        await fixture.Temp.GitAsync("worktree", "add", "--quiet", "-b", "side", linked);
        var before = await fixture.Temp.FingerprintAsync();
        var checkout = await fixture.Repository.FindCheckoutAsync(linked);

        var outcome = await new Acceptance(fixture.Repository, TimeProvider.System)
            .AcceptAsync(checkout, fixture.Request with { TargetRef = "refs/heads/side" });

        outcome.ShouldBeOfType<AcceptOutcome.Accepted>();
        File.ReadAllText(Path.Combine(linked, "new", "n.txt")).ShouldBe("new\n");
        (await fixture.Temp.GitAsync("-C", linked, "status", "--porcelain")).ShouldBeEmpty();
        (await fixture.Temp.FingerprintAsync()).ShouldEqual(before, "ref refs/heads/side");
    }

    [Fact]
    public async Task Accept_WithAFixedDate_GivesTheSameCommitEachTime()
    {
        var commits = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            await using var fixture = await AcceptFixture.CreateAsync();
            var outcome = await fixture.AcceptAsync(fixture.Request with { Date = DateTimeOffset.FromUnixTimeSeconds(1) });
            commits.Add(outcome.ShouldBeOfType<AcceptOutcome.Accepted>().Commit);
        }

        commits[0].ShouldBe(commits[1]);
    }

    [Fact]
    public async Task Accept_WithLineEndingConversion_WritesFilesAsTheUsersGitDoes()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        fixture.Temp.AppendConfig("core.autocrlf", "true").Delete("a.txt");
        await fixture.Temp.GitAsync("checkout", "--", "a.txt");
        fixture.Temp.Read("a.txt").ShouldBe(MergeFixture.TenLines.Replace("\n", "\r\n", StringComparison.Ordinal));

        (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();

        fixture.Temp.Read("a.txt").ShouldBe(MergeFixture.TenLines.Line(4, "task").Replace("\n", "\r\n", StringComparison.Ordinal));
        (await fixture.StatusAsync()).ShouldBeEmpty();
        (await fixture.Temp.ShowAsync("HEAD", "a.txt")).ShouldBe(MergeFixture.TenLines.Line(4, "task"));
    }

    [Theory]
    [InlineData("split index")]
    [InlineData("untracked cache")]
    [InlineData("sparse checkout")]
    [InlineData("index version 4")]
    public async Task Accept_WithASpecialIndex_LandsAndKeepsItSound(string kind)
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var temp = fixture.Temp;
        switch (kind)
        {
            case "split index":
                await temp.GitAsync("update-index", "--split-index");
                break;
            case "untracked cache":
                await temp.GitAsync("update-index", "--force-untracked-cache");
                await temp.GitAsync("status");
                break;
            case "index version 4":
                await temp.GitAsync("update-index", "--index-version", "4");
                break;
            default:
                await temp.GitAsync("sparse-checkout", "set", "--no-cone", "/a.txt");
                temp.Exists("b.txt").ShouldBeFalse();
                break;
        }

        (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();

        temp.Read("a.txt").ShouldBe(MergeFixture.TenLines.Line(4, "task"));
        temp.Exists("new/n.txt").ShouldBe(kind != "sparse checkout");
        (await fixture.StatusAsync()).ShouldBeEmpty();
        (await temp.GitAsync("diff-files", "--name-only")).ShouldBeEmpty();
        await temp.FsckAsync();
    }

    [Fact]
    public async Task Accept_RunsFiltersTheUserConfigured_AndNoneATaskMadeUp()
    {
        await using var fixture = await AcceptFixture.CreateAsync(
            t => t.Write("loud.txt", "TASK\n").Write("plain.txt", "plain\n").Write(".gitattributes", "loud.txt filter=loud\nplain.txt filter=planted\n"),
            ("loud.txt", "user\n"),
            (".gitattributes", "loud.txt filter=loud\n"));
        fixture.Temp.AppendConfig("filter.loud.clean", "tr A-Z a-z").AppendConfig("filter.loud.smudge", "tr a-z A-Z").Delete("loud.txt");
        await fixture.Temp.GitAsync("checkout", "--", "loud.txt");
        fixture.Temp.Read("loud.txt").ShouldBe("USER\n");

        (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();

        fixture.Temp.Read("loud.txt").ShouldBe("TASK\n");
        fixture.Temp.Read("plain.txt").ShouldBe("plain\n");
    }

    [Fact]
    public async Task Accept_OfAFileThatWasOnlyTouched_Lands()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        File.SetLastWriteTimeUtc(fixture.Temp.FullPath("a.txt"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));

        (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();
    }

    [Fact]
    public async Task Accept_RunsNoHook()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var trace = Path.Combine(fixture.Temp.Folder, "hook-ran");
        foreach (var hook in (string[])["post-index-change", "post-checkout", "post-commit", "reference-transaction", "commit-msg"])
        {
            fixture.Temp.Write($".git/hooks/{hook}", $"#!/bin/sh\necho {hook} >> '{trace}'\n").Executable($".git/hooks/{hook}");
        }

        (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();

        File.Exists(trace).ShouldBeFalse();
    }

    [Fact]
    public async Task Accept_OfAUserWhoSigns_SignsTheCommit()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var gpg = Path.Combine(fixture.Temp.Folder, "gpg");
        await File.WriteAllTextAsync(
            gpg, "#!/bin/sh\ncat >/dev/null\nprintf '\\n[GNUPG:] SIG_CREATED \\n' >&2\nprintf -- '-----BEGIN PGP SIGNATURE-----\\nfake\\n-----END PGP SIGNATURE-----\\n'\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(gpg, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        fixture.Temp.AppendConfig("commit.gpgsign", "true").AppendConfig("gpg.program", gpg);

        var accepted = (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();

        (await fixture.Temp.GitAsync("cat-file", "commit", accepted.Commit)).ShouldContain("gpgsig -----BEGIN PGP SIGNATURE-----");
    }
}
