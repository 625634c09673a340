using Agent.Ide.Hostile.Tests.Arena;

namespace Agent.Ide.Hostile.Tests.Attacks;

/// <summary>Changes what is not the agent's.</summary>
public sealed class WriteAttacks(HostileArena arena) : IClassFixture<HostileArena>
{
    private string Git => arena.CommonDirectory;

    private string Outside => arena.Outside;

    private string Trip => arena.Wires.Trip("ran");

    [SandboxFact]
    public Task GitHooks_CannotBePlanted() =>
        arena.CommandAsync($"mkdir -p {Git}/hooks; printf '#!/bin/sh\\n{Trip}\\n' > {Git}/hooks/post-checkout && chmod +x {Git}/hooks/post-checkout");

    [SandboxFact]
    public Task GitConfiguration_CannotBeChanged() => arena.CommandAsync(
        $"git config core.fsmonitor '{Trip}' || git config --worktree core.fsmonitor '{Trip}' || echo '[core]' >> {Git}/config || echo '[core]' > $(git rev-parse --git-dir)/config.worktree || git config --global core.editor x");

    [SandboxFact]
    public Task Refs_CannotBeMoved() => arena.CommandAsync(
        $"git update-ref refs/heads/main HEAD~0 0000000000000000000000000000000000000000 || git branch evil || git tag evil || rm {Git}/refs/heads/main || echo x > {Git}/refs/heads/evil || git symbolic-ref HEAD refs/heads/main || git commit --allow-empty -m evil");

    [SandboxFact]
    public Task PackedRefs_CannotBeReplaced() => arena.CommandAsync($"echo x >> {Git}/packed-refs || mv {Git}/packed-refs {Git}/old || git pack-refs --all");

    [SandboxFact]
    public Task Objects_CannotBeAddedOrDamaged() => arena.CommandAsync(
        $"echo evil | git hash-object -w --stdin || rm -f $(find {Git}/objects -type f | head -1) || mkdir {Git}/objects/zz || echo x > {Git}/objects/info/alternates || git gc || git repack -ad");

    [SandboxFact]
    public Task ExcludeListAndAttributes_CannotBeChanged() => arena.CommandAsync($"echo '*' >> {Git}/info/exclude || echo '* filter=evil' > {Git}/info/attributes || rm -r {Git}/info");

    [SandboxFact]
    public Task TheGitFile_CannotBeReplaced() => arena.CommandAsync(
        "rm -f .git || mv .git moved || echo 'gitdir: /tmp/evil' > .git || ln -sf /tmp/evil .git || mkdir .git || (mkdir -p /tmp/evil && mount --bind /tmp/evil .git) || mv ../$(basename $PWD) ../other || umount .git");

    [SandboxFact]
    public Task ItsOwnMetadata_CannotBeChanged() => arena.CommandAsync(
        "d=$(git rev-parse --absolute-git-dir); echo x > $d/HEAD || echo x > $d/gitdir || echo x > $d/commondir || echo x > $d/agent-ide-task || rm -f $d/index || echo x > $d/index.lock || touch $d/planted || git worktree lock .");

    [SandboxFact]
    public Task TheCoordinatorsState_CannotBeChanged() =>
        arena.CommandAsync($"mkdir -p {Git}/agent-ide/tasks || echo x > {Git}/agent-ide/board.db || rm {Git}/agent-ide/board.db || touch {Git}/agent-ide");

    [SandboxFact]
    public Task WorktreesOfOthers_CannotBeChanged() => arena.CommandAsync(
        $"echo x > ../{arena.Resident.Id}/planted || git worktree remove --force {arena.WorktreeOf(arena.Resident)} || git worktree add /tmp/evil || rm -r ../{arena.Resident.Id}/src");

    [SandboxFact]
    public Task TheUsersCheckout_CannotBeChanged() => arena.CommandAsync(
        $"echo x > {arena.Repository.Path}/planted || echo x >> {arena.Repository.Path}/README.md || rm {arena.Repository.Path}/README.md || echo x > ../../planted || rmdir {arena.Repository.Path}/src");

    [SandboxFact]
    public Task OutsideByALink_NothingIsWritten() => arena.CommandAsync($"ln -s {Outside} way && echo x > way/planted");

    [SandboxFact]
    public Task OutsideByAHardLink_NothingIsWritten() => arena.CommandAsync($"ln {Outside}/notes.txt mine || ln {Git}/config mine || ln {Git}/packed-refs mine || ln /usr/bin/env mine || ln .git mine");

    [SandboxFact]
    public Task OutsideByTheRootOfAProcess_NothingIsWritten() => arena.CommandAsync(
        $"echo x > /proc/self/root{Outside}/planted || echo x > /proc/1/root{Outside}/planted || echo x > /proc/1/cwd/..{Outside}/planted || echo x > /proc/{arena.CoordinatorId}/root{Outside}/planted");

    [SandboxFact]
    public Task ToolchainsAndSystemFolders_CannotBeChanged() => arena.CommandAsync(
        "touch /usr/bin/evil || touch /etc/evil || touch /evil || touch /bin/evil || touch /opt/evil || echo x >> /etc/passwd || touch /dev/evil || touch /proc/evil || touch /home/evil || touch /var/evil || mkdir /run/evil");

    [SandboxFact]
    public Task KernelSettings_CannotBeChanged() => arena.CommandAsync(
        // Each is given its present value: should this wall fall again, the machine stays as it is.
        """
        for setting in kernel/core_pattern kernel/modprobe kernel/yama/ptrace_scope fs/protected_symlinks vm/swappiness net/ipv4/ip_forward; do
          test -r /proc/sys/$setting && value=$(cat /proc/sys/$setting) && printf '%s' "$value" > /proc/sys/$setting && exit 0
        done
        find /proc -path '/proc/[0-9]*' -prune -o -type f -writable ! -path '/proc/self/*' ! -path '/proc/thread-self/*' -print 2>/dev/null | grep .
        """);

    [SandboxFact]
    public Task Mounts_CannotBeMadeOrTakenAway() => arena.CommandAsync(
        $"mount --bind {Outside} src || mount -t tmpfs x src || mount -o remount,rw {Git} || mount -o remount,rw / || umount {Git} || umount -l /proc || mount -t proc x src || mount -t overlay x -o lowerdir=/,upperdir=src,workdir=/tmp src || pivot_root . src || chroot . true");

    [SandboxFact]
    public Task DevicesAndSpecialFiles_CannotBeMade() => arena.CommandAsync("mknod disk b 8 0 || mknod mem c 1 1 || mknod null c 1 3");

    [SandboxFact]
    public async Task ASetuidProgramForOthers_CannotBeLeftBehind()
    {
        var report = await arena.AttackAsync(Call.Attempt(
            "cp /bin/sh evil && { chmod u+s evil || chmod 4755 evil || chmod g+s evil || perl -e 'exit(chmod(06755, \"evil\") ? 0 : 1)' || setfacl -m u:nobody:rwx evil && false; }"));
        report.Results[0].ShouldContain(Call.Failure);
        (File.GetUnixFileMode(Path.Combine(arena.WorktreeOf(report.Task), "evil")) & (UnixFileMode.SetUser | UnixFileMode.SetGroup)).ShouldBe(UnixFileMode.None);
    }

    [SandboxFact]
    public Task OwnersAndFileCapabilities_CannotBeGiven() => arena.CommandAsync("cp /bin/sh evil; chown 54321 evil || chgrp 54321 evil || setcap cap_sys_admin+ep evil || setfattr -n security.capability -v 0sAQAAAgAgAAAAAAAAAAAAAAAAAAA= evil || setfattr -n trusted.evil -v 1 evil");

    [SandboxFact]
    public async Task FileTools_WriteNothingOutsideByAnySpelling()
    {
        string[] paths =
        [
            "../planted", "../../planted", $"{Outside}/notes.txt", "way/notes.txt", "way/planted", "deep/way/planted", "file-link", "proc/planted", "src/../../../planted",
            ".git", ".git/hooks/post-checkout", ".GIT/config", "src/.git/config", ".git /config", "git/config", "dangling",
        ];
        string[] links = ["file-link", "dangling"];
        var report = await arena.AttackAsync(
        [
            Call.Command($"ln -s {Outside} way; mkdir deep; ln -s {Outside} deep/way; ln -s {Outside}/notes.txt file-link; ln -s /proc/self/root{Outside} proc; ln -s {Git} git; ln -s {Outside}/planted dangling"),
            .. Call.WithProgress(
            [
                .. paths.Select(path => Call.Write(path, "overwritten")),
                .. paths.Select(path => Call.Edit(path, "canary", "overwritten")),
                .. paths.Select(path => Call.Move("README.md", path)).Take(12),
                .. paths.Where(path => !links.Contains(path)).Select(path => Call.Move(path, "stolen")),
            ]),
        ]);
        Directory.GetFileSystemEntries(Outside).ShouldBe([Path.Combine(Outside, "notes.txt")]);
        report.Steps.Skip(1).Where(step => step.Error is null && step.Tool != "finish" && !step.Arguments.Contains(Call.ProgressFile, StringComparison.Ordinal)).Select(step => $"{step.Tool} {step.Arguments}").ShouldBeEmpty();
    }

    [SandboxFact]
    public async Task FileTools_DeleteNothingOutside()
    {
        var report = await arena.AttackAsync(
            Call.Command($"ln -s {Outside} way; ln -s {Outside}/notes.txt file-link"),
            Call.Delete("way/notes.txt"),
            Call.Delete("../README.md"),
            Call.Delete($"{Outside}/notes.txt"),
            Call.Delete(".git"),
            Call.Delete("."),
            Call.Delete("file-link"),
            Call.Delete("way"));
        report.Steps.Skip(1).Take(5).ShouldAllBe(step => step.Error != null);
        File.Exists(Path.Combine(Outside, "notes.txt")).ShouldBeTrue();
    }

    [SandboxFact]
    public async Task ACommitOfTheHarness_TakesNothingFromOutside()
    {
        // Links where the harness reads content for a commit: it stores the link, never what it leads to.
        var report = await arena.AttackAsync(Call.Command(
            $"rm README.md && ln -s {Outside}/notes.txt README.md && rm -r src && ln -s {Outside} src && ln -s {arena.Repository.Home} home && ln -s {Outside}/notes.txt .gitignore.link"));
        (await arena.Repository.ShowAsync(report.Task.Branch, "README.md")).ShouldBe($"{Outside}/notes.txt");
        (await arena.Repository.GitAsync("ls-tree", "-r", "--name-only", report.Task.Branch)).ShouldNotContain("notes");
    }
}
