using Agent.Ide.Hostile.Tests.Arena;

namespace Agent.Ide.Hostile.Tests.Attacks;

/// <summary>
/// Leaves files that lie in wait for the git of the host: the coordinator's, which shows, stores, removes, restores and lands them,
/// and the user's own, as an editor runs it in the checkout and in the worktree.
/// </summary>
public sealed class HostGitAttacks(HostileArena arena) : IClassFixture<HostileArena>
{
    private string Trip => arena.Wires.Trip("ran");

    private HostGit Host => new(arena);

    private string EvilConfiguration =>
        $"[core]\\n\\tfsmonitor = {Trip}\\n\\tpager = {Trip}\\n\\teditor = {Trip}\\n\\tsshCommand = {Trip}\\n\\thooksPath = hooks\\n\\tworktree = ..\\n[diff]\\n\\texternal = {Trip}\\n[filter \"evil\"]\\n\\tclean = {Trip}\\n\\tsmudge = {Trip}\\n\\tprocess = {Trip}\\n[diff \"evil\"]\\n\\ttextconv = {Trip}\\n\\tcommand = {Trip}\\n[merge \"evil\"]\\n\\tdriver = {Trip}\\n[alias]\\n\\tstatus = !{Trip}\\n";

    [SandboxFact]
    public async Task AttributesThatNameDriversOfTheUser_RunNoneOfThem()
    {
        // The user's own drivers would run on an agent's bytes. Only what the task's base asks for may.
        foreach (var (key, program) in new[]
        {
            ("filter.mine.clean", "cat"), ("filter.mine.smudge", "cat"), ("diff.mine.textconv", "cat"), ("diff.mine.command", "true"), ("merge.mine.driver", "true"),
        })
        {
            arena.Repository.AppendConfig(key, $"{Trip}; {program}");
        }

        var report = await arena.AttackAsync(
            Call.Command("printf '* filter=mine diff=mine merge=mine ident working-tree-encoding=UTF-16\\n' > .gitattributes; cp .gitattributes src/; echo changed >> README.md; echo new > new.txt; echo bin > pic.png"),
            Call.Edit("README.md", "changed", "changed again"));
        await Host.GoThroughAsync(report);
        await arena.Repository.GitAsync("config", "--remove-section", "filter.mine");
        await arena.Repository.GitAsync("config", "--remove-section", "diff.mine");
        await arena.Repository.GitAsync("config", "--remove-section", "merge.mine");
    }

    [SandboxFact]
    public async Task ConfigurationFilesInTheWorktree_AreReadByNoGit()
    {
        var report = await arena.AttackAsync(Call.Command(
            $"printf '{EvilConfiguration}' | tee .gitconfig config.worktree src/.gitconfig > config; printf '* filter=evil diff=evil merge=evil\\n' > .gitattributes; echo changed >> README.md; echo new > new.txt"));
        await Host.LookAsUserAsync(arena.WorktreeOf(report.Task), CancellationToken.None);
        await Host.GoThroughAsync(report);
    }

    [SandboxFact]
    public async Task SubmodulesWithCommandsForUrls_AreNeverEntered()
    {
        var report = await arena.AttackAsync(Call.Command(
            $"printf '[submodule \"evil\"]\\n\\tpath = evil\\n\\turl = ext::sh -c {Trip}\\n\\tupdate = !{Trip}\\n\\tbranch = -u./x\\n[submodule \"--upload-pack={Trip}\"]\\n\\tpath = src\\n\\turl = -u./x\\n' > .gitmodules; mkdir evil; echo x > evil/file"));
        await Host.LookAsUserAsync(arena.WorktreeOf(report.Task), CancellationToken.None);
        await Host.GoThroughAsync(report);
    }

    [SandboxFact]
    public async Task FilesThatGitsOwnCheckRefuses_AreInNoCommit()
    {
        var report = await arena.AttackAsync(Call.Command(
            """printf '* text\n%s\n' "$(printf 'x%.0s' $(seq 5000)) text" > .gitattributes; mkdir sub; printf '[submodule "../../evil"]\n\tpath = -x\n\turl = "--upload-pack=x"\n\tupdate = !x\n' > sub/.gitmodules; ln -s target .gitmodules; echo fine > fine.txt"""));
        (await arena.Repository.GitAsync("ls-tree", "-r", "--name-only", $"{report.Task.Branch}")).ShouldBe(".gitignore\nREADME.md\nfine.txt\nsrc/app.txt");
        await Host.GoThroughAsync(report);
    }

    [SandboxFact]
    public async Task ARepositoryInsideTheWorktree_RunsNothingForWhoeverLooksIntoIt()
    {
        var report = await arena.AttackAsync(
            Call.Command($"git init -q nested && cd nested && printf '{EvilConfiguration}' > .git/config && sed -i /worktree/d .git/config && printf '#!/bin/sh\\n{Trip}\\n' > .git/hooks/post-checkout && chmod +x .git/hooks/post-checkout && echo x > file && mkdir -p ../ignored/deep && cp -r .git ../ignored/deep/.git && echo planted"),
            Call.Read("nested/file"));
        report.Results[0].ShouldContain("planted");
        var worktree = arena.WorktreeOf(report.Task);
        foreach (var folder in new[] { worktree, Path.Combine(worktree, "nested"), Path.Combine(worktree, "ignored", "deep") })
        {
            await Host.LookAsUserAsync(folder, CancellationToken.None);
        }

        (await arena.Repository.ShowAsync(report.Task.Branch, "nested/file")).ShouldBe("x\n");
        await Host.GoThroughAsync(report);
    }

    [SandboxFact]
    public async Task GitFilesAndLinksThatLeadToPlantedRepositories_AreNotFollowed()
    {
        var report = await arena.AttackAsync(Call.Command(
            $"git init -q --bare evil.git && printf '{EvilConfiguration}' > evil.git/config && mkdir one two three && echo 'gitdir: ../evil.git' > one/.git && ln -s ../evil.git two/.git && echo \"gitdir: {arena.CommonDirectory}\" > three/.git && echo x | tee one/file two/file three/file && echo planted"));
        report.Results[0].ShouldContain("planted");
        var worktree = arena.WorktreeOf(report.Task);
        foreach (var folder in new[] { worktree, Path.Combine(worktree, "one"), Path.Combine(worktree, "two"), Path.Combine(worktree, "three") })
        {
            File.Exists(Path.Combine(folder, ".git")).ShouldBe(folder == worktree);
            await Host.LookAsUserAsync(folder, CancellationToken.None);
        }

        await Host.GoThroughAsync(report);
    }

    [SandboxFact]
    public async Task NamesLikeOptionsAndPatterns_AreNames()
    {
        var report = await arena.AttackAsync(
            Call.Command($"for n in --upload-pack=x --output=x --ext-diff -rf -c --exec=x --textconv @{{u}} ':(top)*' ':!x' '*' '?' '[a]' '~' '$(id)' '`id`' ';id' '|id' '&' 'HEAD' '-' '--' 'refs/heads/main'; do mkdir -p \"./$(dirname -- \"$n\")\" && echo x > \"./$n\"; done; rm -- README.md; ls | wc -l"),
            Call.Write("--also=this", "x\n"),
            Call.Edit("-rf", "x", "y"),
            Call.Delete("--output=x"),
            Call.Read("$(id)"));
        report.Steps.ShouldAllBe(step => step.Error == null);
        await Host.LookAsUserAsync(arena.WorktreeOf(report.Task), CancellationToken.None);
        await Host.GoThroughAsync(report);
    }

    [SandboxFact]
    public async Task NamesThatAreNoText_AreStoredAndBroughtBack()
    {
        var report = await arena.AttackAsync(Call.Command(
            """touch "$(printf 'new\nline')" "$(printf 'tab\t"quoted"')" "$(printf 'back\\slash')" "$(printf 'invalid\377\376')" "$(printf '\001\002\177')" ' ' 'trailing ' "$(printf 'x%.0s' $(seq 255))" 'CON' 'aux.txt' 'a:b'; ls | wc -l"""));
        report.Results[0].ShouldNotStartWith("0");
        await Host.LookAsUserAsync(arena.WorktreeOf(report.Task), CancellationToken.None);
        await Host.GoThroughAsync(report);
    }

    [SandboxFact]
    public async Task GitsFolderInOtherSpellings_IsInNoCommit()
    {
        var report = await arena.AttackAsync(Call.Command(
            $$"""for n in .GIT .Git GIT~1 git~1 .git. '.git ' '.git::$INDEX_ALLOCATION' "$(printf '.g\342\200\214it')" sub/.GIT; do mkdir -p "$n/hooks" && printf '{{EvilConfiguration}}' > "$n/config" && printf '#!/bin/sh\n{{Trip}}\n' > "$n/hooks/post-checkout" && chmod +x "$n/hooks/post-checkout"; done; ln -s .git/config .gitmodules; echo fine > fine.txt"""));
        (await arena.Repository.GitAsync("ls-tree", "-r", "--name-only", report.Task.Branch)).ShouldNotContain("hooks");
        await Host.LookAsUserAsync(arena.WorktreeOf(report.Task), CancellationToken.None);
        await Host.GoThroughAsync(report);
    }

    [SandboxFact]
    public async Task LinksInPlaceOfFolders_LeadNoWriteAndNoRemovalOut()
    {
        File.WriteAllText(Path.Combine(arena.Outside, "app.txt"), "not the agent's\n");
        var report = await arena.AttackAsync(
            Call.Command($"rm -r src && ln -s {arena.Outside} src && rm README.md && mkdir README.md && echo x > README.md/file && ln -s {arena.Outside} more"), Call.Command("echo second > second.txt"));
        File.ReadAllText(Path.Combine(arena.Outside, "app.txt")).ShouldBe("not the agent's\n");
        File.Delete(Path.Combine(arena.Outside, "app.txt"));
        await Host.GoThroughAsync(report);
    }

    [SandboxFact]
    public async Task FifosWhereGitReads_HoldNoGitUp()
    {
        var report = await arena.AttackAsync(Call.Command(
            "rm README.md .gitignore; for f in README.md .gitignore .gitattributes .gitmodules .mailmap src/.gitignore src/.gitattributes; do mkfifo $f; done; mkdir -p sub/.git; mkfifo sub/.git/HEAD sub/.git/config; echo x > new.txt"));
        await Host.GoThroughAsync(report);
    }

    [SandboxFact]
    public async Task SparseGiantsInPlaceOfFiles_AreNeverReadWhole()
    {
        // As long as the file that git knows, counted in 32 bits as git's index does, so that only reading it all would tell.
        var report = await arena.AttackAsync(Call.Command(
            "size=$(stat -c %s README.md); for g in 1 2 3; do truncate -s $((4294967296 * g * 64 + size)) README.md || break; done; truncate -s 1T giant.bin; ls -ls"));
        await Host.GoThroughAsync(report);
    }

    [SandboxFact]
    public async Task AcceptedFiles_BringNothingToRun()
    {
        var report = await arena.AttackAsync(Call.Command(
            $"printf '{EvilConfiguration}' > .gitconfig; printf '* filter=evil diff=evil merge=evil\\n' > .gitattributes; printf '[submodule \"x\"]\\n\\tpath = x\\n\\turl = ext::sh -c {Trip}\\n' > .gitmodules; mkdir -p hooks .githooks .GIT/hooks; cp .gitconfig .GIT/config; printf '#!/bin/sh\\n{Trip}\\n' | tee hooks/post-merge .githooks/post-checkout .GIT/hooks/post-merge; chmod +x hooks/* .githooks/* .GIT/hooks/*; echo changed >> README.md"));
        await Host.AcceptAsync(report);
    }
}
