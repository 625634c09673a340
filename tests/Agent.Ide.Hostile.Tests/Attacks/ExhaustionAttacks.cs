using Agent.Ide.Hostile.Tests.Arena;

namespace Agent.Ide.Hostile.Tests.Attacks;

/// <summary>Takes more than its share, on this machine as it is.</summary>
public sealed class ExhaustionAttacks(NarrowArena arena) : Exhaustion(arena), IClassFixture<NarrowArena>;

/// <summary>The same where a watchdog has to do what control groups do elsewhere.</summary>
public sealed class UngroupedExhaustionAttacks(UngroupedNarrowArena arena) : Exhaustion(arena), IClassFixture<UngroupedNarrowArena>
{
    [SandboxFact]
    public async Task TheCoordinator_HasNoControlGroups()
    {
        var doctor = await Arena.Program.JsonAsync("doctor");
        doctor.ToJsonString().ShouldContain("watchdog");
    }
}

/// <summary>Attacks on everything that there is a limited amount of.</summary>
public abstract class Exhaustion(NarrowArena arena)
{
    private protected NarrowArena Arena => arena;

    [SandboxFact]
    public async Task AForkBomb_EndsItsCommandAlone()
    {
        var mark = $"hostile-bomb-{Guid.NewGuid():N}";
        var report = await arena.AttackAsync(
            Call.Command($"echo 'sh bomb.sh {mark} & sh bomb.sh {mark} & sleep 5' > bomb.sh; sh bomb.sh {mark}; wait", timeoutSeconds: 20), Call.Read("README.md"));
        report.Steps[0].Error.ShouldNotBeNull();
        report.Results[1].ShouldContain("Sample");
        HostProcesses.With(mark).ShouldBeEmpty();
    }

    [SandboxFact]
    public async Task AMemoryHog_EndsItsCommandAlone()
    {
        var report = await arena.AttackAsync(Call.Command("""perl -e '$x = "x" x (1 << 20) for 1; push @y, $x . $_ for 1..900; print "took it all\n"; sleep 5'""", timeoutSeconds: 20), Call.Read("README.md"));
        report.Steps[0].Error.ShouldBe("memoryLimit");
        report.Results[0].ShouldNotContain("took it all");
    }

    [SandboxFact]
    public async Task FillingThePrivateFolders_TakesNoMoreThanTheLimit()
    {
        var report = await arena.AttackAsync(
            Call.Command("for d in /tmp /var/tmp /dev/shm $HOME; do head -c 2000000000 /dev/zero > $d/fill; done; du -sm /tmp /var/tmp /dev/shm $HOME | sort -n | tail -1", timeoutSeconds: 30));
        report.Steps[0].Error.ShouldNotBeNull();
    }

    [SandboxFact]
    public async Task ADiskFiller_EndsItsTask_WithItsWorkKept_AndItsNeighbourGoesOn()
    {
        var before = await arena.Repository.FingerprintAsync();
        var filling = arena.RunAsync(
            "Please fill the disk;", "fill the disk;", [Call.Write("before.txt", "before\n"), Call.Command("head -c 3000000000 /dev/zero > fill.bin; sleep 60", timeoutSeconds: 90), Call.Finish()]);
        var neighbour = await arena.RunAsync("Beside the filler;", "Beside the filler;", [Call.Write("beside.txt", "beside\n"), Call.Finish()]);

        var task = await filling;

        task.State.ShouldBe("failed");
        task.Error!.Code.ShouldBe("diskLimit");
        (await arena.Repository.ShowAsync(task.Branch, "before.txt")).ShouldBe("before\n");
        neighbour.State.ShouldBe("readyForReview");
        (await arena.Repository.FingerprintAsync()).ShouldEqual(before);
        (await arena.Client.DiscardAsync(task.Id, CancellationToken.None)).State.ShouldBe("discarded");
        Directory.Exists(arena.WorktreeOf(task)).ShouldBeFalse();
    }

    [SandboxFact]
    public async Task ASparseGiant_IsNeitherReadNorStored()
    {
        var report = await arena.AttackAsync(Call.Command("truncate -s 1T giant.bin || truncate -s 4000000000 giant.bin; ls -l giant.bin"), Call.Search("needle"), Call.Tool("list_files"), Call.Read("giant.bin"));
        (await arena.Repository.GitAsync("ls-tree", "-r", "--name-only", report.Task.Branch)).ShouldNotContain("giant");
        report.Steps[3].Error.ShouldNotBeNull();
    }

    [SandboxFact]
    public async Task FifosInTheWayOfEverything_HoldNobodyUp()
    {
        var report = await arena.AttackAsync(
            Call.Command("rm README.md .gitignore; for f in README.md .gitignore .gitattributes .gitmodules .ignore .rgignore AGENTS.md src/.gitignore src/.gitattributes; do mkfifo $f; done; mkdir -p nested; git init -q nested 2>/dev/null; rm -f nested/.git/HEAD; mkfifo nested/.git/HEAD; ls -la"),
            Call.Read("README.md"),
            Call.Search("one"),
            Call.Tool("list_files"),
            Call.Write("README.md", "x"),
            Call.Write("after.txt", "after\n"),
            Call.Command("echo more > more.txt"));
        report.Steps[1].Error.ShouldBe("notARegularFile");
        (await arena.Repository.ShowAsync(report.Task.Branch, "after.txt")).ShouldBe("after\n");
    }

    [SandboxFact]
    public async Task AFolderDeeperThanAnyPath_StopsNobody()
    {
        var report = await arena.AttackAsync(
            Call.Command("""perl -e '$d = "d" x 200; for (1..60) { mkdir $d or last; chdir $d or last } open(F, ">deep.txt"); print F "deep\n"'; echo made"""),
            Call.Tool("list_files"),
            Call.Search("deep"),
            Call.Write("after.txt", "after\n"));
        (await arena.Repository.ShowAsync(report.Task.Branch, "after.txt")).ShouldBe("after\n");
        (await arena.Client.DiscardAsync(report.Task.Id, CancellationToken.None)).State.ShouldBe("discarded");
        Directory.Exists(arena.WorktreeOf(report.Task)).ShouldBeFalse();
    }

    [SandboxFact]
    public async Task ThousandsOfTinyFiles_AreStoredOrBounded()
    {
        var report = await arena.AttackAsync(Call.Command("""perl -e 'mkdir "many"; for (1..3000) { open(F, ">many/$_"); print F $_ }'; ls many | wc -l"""), Call.Tool("list_files"), Call.Search("2999"));
        report.Results[0].ShouldContain("3000");
    }

    [SandboxFact]
    public async Task ARepositoryOfLinksInACircle_IsWalkedOnce()
    {
        var report = await arena.AttackAsync(
            Call.Command("mkdir -p a/b/c; ln -s ../.. a/b/up; ln -s ../../.. a/b/c/top; ln -s self self; ln -s / a/root"), Call.Tool("list_files"), Call.Search("one"), Call.Read("self"));
        report.Results[2].ShouldContain("src/app.txt");
        report.Steps[3].Error.ShouldNotBeNull();
    }
}
