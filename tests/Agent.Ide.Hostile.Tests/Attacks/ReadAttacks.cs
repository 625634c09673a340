using Agent.Ide.Hostile.Tests.Arena;

namespace Agent.Ide.Hostile.Tests.Attacks;

/// <summary>Reads what is not the agent's. Each of these commands succeeds when it is run outside of the sandbox.</summary>
public sealed class ReadAttacks(HostileArena arena) : IClassFixture<HostileArena>
{
    private string Home => arena.Repository.Home;

    private string Git => arena.CommonDirectory;

    [SandboxFact]
    public Task SshKeys_CannotBeRead() => ReadAsync($"cat {Home}/.ssh/id_ed25519 || cat ~/.ssh/id_ed25519");

    [SandboxFact]
    public Task CloudCredentials_CannotBeRead() =>
        ReadAsync($"cd {Home} && cat .aws/credentials .config/gcloud/credentials.db .azure/token .kube/config .docker/config.json");

    [SandboxFact]
    public Task CredentialsOfPackageManagers_CannotBeRead() => ReadAsync(
        $"cat {Home}/.npmrc || cat ~/.npmrc || cat ~/.nuget/NuGet/NuGet.Config || cat ~/.m2/settings.xml || cat ~/.cargo/credentials.toml || cat ~/.gradle/gradle.properties || cat ~/.pypirc");

    [SandboxFact]
    public async Task PackageCaches_AreThereToReadAndNothingBesideThem()
    {
        var report = await arena.AttackAsync(
            Call.Command($"cd ~ && cat {string.Join(' ', PlantedSecrets.CachedFiles)} | sort | uniq -c"),
            Call.Attempt($"cd ~ && {string.Join(" || ", PlantedSecrets.CachedFiles.Select(file => $"echo x >> {file}"))} || touch .nuget/packages/evil || rm -r go/pkg/mod/example.com"),
            Call.Attempt("cd ~ && find . -type f | grep -Ev '^./(.nuget/packages|.npm/_cacache|.cache/pip|.cargo/registry|go/pkg/mod|.m2/repository)/' || find go/pkg/mod/cache/vcs -mindepth 1 | grep ."));
        report.Results[0].ShouldContain($"{PlantedSecrets.CachedFiles.Count} {PlantedSecrets.CachedContent.TrimEnd()}");
        report.Results[1].ShouldContain(Call.Failure);
        report.Results[2].ShouldContain(Call.Failure);
    }

    [SandboxFact]
    public Task HistoryKeyringsAndBrowserProfiles_CannotBeRead() =>
        ReadAsync($"cat {Home}/.bash_history {Home}/.gnupg/private-keys-v1.d/key {Home}/.local/share/keyrings/login.keyring {Home}/.mozilla/firefox/profile/logins.json");

    [SandboxFact]
    public async Task AnySecretBelowTheRoot_CannotBeFoundBySearchingForIt()
    {
        await ReadAsync($"grep -rsqI can''ary {arena.Repository.Folder}");
        await arena.CommandAsync(
            "grep -rslI --exclude-dir={proc,usr,opt,dev,.pyenv,.cargo,.rustup,.nvm,.nuget} can''ary / 2>/dev/null | grep .");
    }

    [SandboxFact]
    public Task FilesOfTheUsersCheckout_CannotBeRead() =>
        ReadAsync($"cat {arena.Repository.Path}/uncommitted.txt || cat {arena.Repository.Path}/.env || cat ../../uncommitted.txt");

    [SandboxFact]
    public Task FilesOfAnotherWorktree_CannotBeRead() =>
        ReadAsync($"cat {arena.WorktreeOf(arena.Resident)}/unfinished.log || cat ../{arena.Resident.Id}/unfinished.log");

    [SandboxFact]
    public Task MetadataOfAnotherWorktree_CannotBeRead() => ReadAsync($"cat {Git}/worktrees/{arena.Resident.Id}/note || ls {Git}/worktrees/{arena.Resident.Id}");

    [SandboxFact]
    public Task TaskLogs_CannotBeRead() => ReadAsync($"cat {Git}/agent-ide/tasks/*.db > /dev/null");

    [SandboxFact]
    public Task TheBoardTheAuditAndTheArtifacts_CannotBeRead() => ReadAsync($"cat {Git}/agent-ide/board.db || cat {Git}/agent-ide/audit.jsonl || cat {Git}/agent-ide/artifacts.db");

    [SandboxFact]
    public Task TheCoordinatorsLogAndEndpoint_CannotBeRead() => ReadAsync($"cat {Git}/agent-ide/coordinator.json || cat {Git}/agent-ide/logs/*");

    [SandboxFact]
    public Task CredentialsInGitsConfiguration_CannotBeRead() =>
        ReadAsync($"grep can''ary {Git}/config || git config --list | grep can''ary || git remote -v | grep can''ary");

    [SandboxFact]
    public Task OtherFilesThatToolsKeepInTheGitDirectory_CannotBeRead() =>
        ReadAsync($"cat {Git}/credentials || cat {Git}/modules/sub/config || cat {Git}/COMMIT_EDITMSG || cat {Git}/logs/HEAD.note || cat {Git}/hooks/pre-commit.sample");

    [SandboxFact]
    public Task TheUsersIndex_CannotBeRead() => ReadAsync($"test -s {Git}/index && cat {Git}/index | wc -c");

    [SandboxFact]
    public Task EnvironmentAndCommandLinesOfTheHostsProcesses_CannotBeRead() => ReadAsync(
        $"cat /proc/{arena.Wires.Bystander}/environ /proc/{arena.Wires.Bystander}/cmdline && cat /proc/[0-9]*/environ 2>/dev/null | grep -aq can''ary");

    [SandboxFact]
    public Task TheCoordinatorsEnvironment_CannotBeRead() => ReadOfCoordinatorAsync($"tr '\\0' '\\n' < /proc/{arena.CoordinatorId}/environ | grep -i key");

    [SandboxFact]
    public Task TheCoordinatorsMemoryAndOpenFiles_CannotBeReached() =>
        ReadOfCoordinatorAsync($"readlink /proc/{arena.CoordinatorId}/fd/1 && cat /proc/{arena.CoordinatorId}/maps && ls /proc/{arena.CoordinatorId}/root/");

    [SandboxFact]
    public async Task ItsOwnEnvironment_HoldsNoKeyOfTheHost()
    {
        var report = await arena.AttackAsync(Call.Command("env; export -p; cat /proc/self/environ /proc/1/environ | tr '\\0' '\\n'"));
        report.Results[0].ShouldContain("HOME=");
        report.Results[0].ShouldNotContain("_KEY=");
        report.Results[0].ShouldNotContain("SSH_AUTH_SOCK");
        report.Results[0].ShouldNotContain("DBUS_SESSION");
    }

    [SandboxFact]
    public Task ThroughTheRootsOfProcesses_NothingElseIsSeen() =>
        ReadAsync($"cat /proc/1/root{Home}/.netrc || cat /proc/self/root{Home}/.netrc || cat /proc/{arena.Wires.Bystander}/cwd{Home}/.netrc");

    [SandboxFact]
    public Task TheSocketOfTheCoordinator_CannotBeReached() => ReadAsync(
        $$"""perl -MIO::Socket::UNIX -e 'exit(IO::Socket::UNIX->new(Peer => "{{arena.CoordinatorSocket}}") ? 0 : 1)'""");

    [SandboxFact]
    public Task SocketsOfAgentsAndDaemons_AreNotThere() =>
        ReadAsync($"test -S {arena.Wires.AgentSocket} || test -S /run/docker.sock || test -S /var/run/docker.sock || test -S /run/dbus/system_bus_socket || ls /run/user/*/bus");

    [SandboxFact]
    public Task TheTemporaryFolderOfTheHost_CannotBeRead() => ReadAsync($"ls -d {arena.Repository.Folder}/outside");

    [SandboxFact]
    public async Task MemoryDisksAndKernelLogs_CannotBeRead()
    {
        var report = await arena.CommandAsync(
            "head -c 1 /dev/mem || head -c 1 /dev/kmem || head -c 1 /dev/kmsg || head -c 1 /proc/kmsg || head -c 1 /proc/kcore || head -c 1 /dev/sda || head -c 1 /dev/vda || dmesg || ls /sys/kernel || ls /var/log/*");
        report.Results.Count.ShouldBe(1);
    }

    [SandboxFact]
    public Task PasswordsOfTheMachine_CannotBeRead() => arena.CommandAsync("cat /etc/shadow || cat /etc/gshadow || cat /etc/sudoers || ls /etc/ssl/private");

    [SandboxFact]
    public async Task FileTools_ReadNothingOutsideByAnySpelling()
    {
        string[] paths =
        [
            "../../uncommitted.txt", $"{Home}/.netrc", "src/../../../.env", "out", "folder/.netrc", "root/etc/passwd", "~/.netrc", "file:///etc/passwd", "src/../../../../home/.netrc",
            ".git", ".git/config", "./.git", ".GIT/config", "git/config",
        ];
        var report = await arena.AttackAsync(
        [
            Call.Command($"ln -s {Home}/.netrc out; ln -s {Home} folder; ln -s /proc/self/root root; ln -s {Git} git"),
            .. Call.WithProgress([.. paths.Select(Call.Read), .. paths.Select(path => Call.Search("canary", path))]),
            Call.Search("canary"),
            Call.Tool("list_files", ("pattern", "../**")),
            Call.Tool("list_files", ("pattern", "/root/**")),
        ]);
        report.Steps.Where(step => step.Tool == "read_file").ShouldAllBe(step => step.Error != null);
        report.Steps.Where(step => step.Tool == "search_codebase" && step.Arguments.Contains("\"path\"", StringComparison.Ordinal)).ShouldAllBe(step => step.Error != null);
    }

    [SandboxFact]
    public async Task FileTools_ReadNothingOutside_WhileTheFolderIsSwappedForALink()
    {
        // A command and a file tool never run at the same time, so the race is against links that a command left behind.
        var report = await arena.AttackAsync(
        [
            Call.Command("mkdir real && echo fine > real/.netrc && ln -s real current"),
            Call.Read("current/.netrc"),
            Call.Command($"ln -sfn {Home} current"),
            Call.Read("current/.netrc"),
            Call.Command($"rm -r real && ln -s {Home} real"),
            Call.Read("real/.netrc"),
            Call.Search("canary", "real"),
        ]);
        report.Results[1].ShouldContain("fine");
        new[] { 3, 5, 6 }.ShouldAllBe(index => report.Steps[index].Error == "outsideWorktree");
    }

    /// <summary>The coordinator lets its own user look into it as little as an agent; only root can, in the open.</summary>
    private Task<AttackReport> ReadOfCoordinatorAsync(string body) => arena.CommandAsync(body, succeedsInTheOpen: Environment.IsPrivilegedProcess);

    private Task<AttackReport> ReadAsync(string body) => arena.CommandAsync(body, succeedsInTheOpen: true);
}
