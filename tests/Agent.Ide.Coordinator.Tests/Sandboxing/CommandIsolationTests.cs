using System.Net;
using System.Net.Sockets;
using Agent.Ide.Coordinator.Sandboxing;

namespace Agent.Ide.Coordinator.Tests.Sandboxing;

public sealed class CommandIsolationTests
{
    [SandboxFact]
    public async Task Command_WorksInItsOwnWorktree()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var result = await repository.RunAsync("pwd; cat tracked.txt; mkdir -p new && echo made > new/file; echo changed >> tracked.txt");
        result.Output.ShouldBe($"{repository.Policy.WorktreePath}\ncommitted\n");
        result.ExitCode.ShouldBe(0);
        result.Sandboxed.ShouldBeTrue();
        File.ReadAllText(Path.Combine(repository.Own, "new/file")).ShouldBe("made\n");
        File.ReadAllText(Path.Combine(repository.Own, "tracked.txt")).ShouldBe("committed\nchanged\n");
    }

    [SandboxFact]
    public async Task Command_CannotReadWhatIsNotItsOwn()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        string[] hidden =
        [
            Path.Combine(repository.Repository.Path, "uncommitted.txt"), Path.Combine(repository.Repository.Path, "tracked.txt"),
            Path.Combine(repository.Other, "other.txt"), Path.Combine(repository.Common, "agent-ide/tasks/own.db"),
            Path.Combine(repository.Common, "credentials"), Path.Combine(repository.Common, "worktrees/other/note"),
            Path.Combine(repository.Common, "worktrees/other"), Path.Combine(repository.Common, "index"),
            Path.Combine(repository.Repository.Home, "id_rsa"), "/etc/shadow", "/etc/ssl/private", "/sys", "/boot", "/var/log", "/var/lib/dpkg/status", "/proc/1/root/root/.bashrc",
        ];
        foreach (var path in hidden)
        {
            (await repository.RunAsync($"test -e '{path}' && ls -ld '{path}'")).Output.ShouldBe("", path);
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        // Nothing of the home folder but the way to toolchains that are installed in it.
        (await repository.RunAsync($"ls -A '{home}' 2>/dev/null; ls -A /home 2>/dev/null; ls -A $HOME"))
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBeSubsetOf(
                ["agent", ".cargo", ".rustup", ".pyenv", ".nvm", ".sdkman", ".volta", ".dotnet", "go", ".nuget", ".npm", ".cache", ".m2", ".gradle-dependencies"]);
        (await repository.RunAsync($"find '{home}' -maxdepth 1 -type f")).Output.ShouldBe("");
        var everywhere = await repository.RunAsync($"grep -rsl {SandboxedRepository.Secret} / --exclude-dir=proc --exclude-dir=usr --exclude-dir=opt --exclude-dir=dev");
        everywhere.Output.ShouldBe("");
    }

    [SandboxFact]
    public async Task Command_CannotChangeAnythingButItsWorktree()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var before = await repository.Repository.FingerprintAsync();
        var gitFile = File.ReadAllText(Path.Combine(repository.Own, ".git"));
        string[] attempts =
        [
            "echo x > .git", "rm -f .git", "mv .git moved", "ln -sf /tmp .git", "rm -rf .git && mkdir .git",
            $"echo x > {repository.Common}/config", $"echo x > {repository.Common}/HEAD", $"mkdir -p {repository.Common}/hooks/x",
            $"echo x > {repository.Common}/refs/heads/main", $"echo x > {repository.Common}/objects/x", $"echo x > {repository.Common}/worktrees/own/HEAD",
            $"echo x > {repository.Common}/info/exclude", $"rm -rf {repository.Common}", "git commit --allow-empty -m x", "git branch evil", "git config core.fsmonitor x",
            "touch /usr/evil", "touch /etc/evil", "touch /evil", $"echo x > {repository.Repository.Path}/planted", $"mkdir -p {repository.Other}/planted",
            "mount -t tmpfs x /mnt", "mount -o remount,rw /", "umount .git", "unshare -Ur true", "chroot / true", "mknod dev c 1 5",
        ];
        foreach (var attempt in attempts)
        {
            (await repository.RunAsync(attempt)).ExitCode.ShouldNotBe(0, attempt);
        }

        (await repository.Repository.FingerprintAsync()).ShouldEqual(before);
        File.ReadAllText(Path.Combine(repository.Own, ".git")).ShouldBe(gitFile);
        Directory.GetFileSystemEntries(repository.Other).Length.ShouldBe(4);
        File.Exists(Path.Combine(repository.Repository.Path, "planted")).ShouldBeFalse();
        await repository.Repository.FsckAsync();
    }

    [SandboxFact]
    public async Task Command_CanAskGit()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        File.AppendAllText(Path.Combine(repository.Own, "tracked.txt"), "edited\n");
        (await repository.RunAsync("git status --porcelain --branch")).Output.ShouldBe("## agent/own\n M tracked.txt\n");
        (await repository.RunAsync("git log --oneline --format=%s; git diff --stat | tail -1; git blame -s tracked.txt | wc -l; git show --format= --name-only HEAD"))
            .Output.ShouldBe("Initial\n 1 file changed, 1 insertion(+)\n2\nsrc/a.txt\ntracked.txt\n");
        (await repository.RunAsync("git config --list --local; git remote -v")).Output.ShouldNotContain(SandboxedRepository.Secret);
        (await repository.RunAsync("git config user.name")).Output.ShouldBe("Test User\n");
    }

    [SandboxFact]
    public async Task Command_HasNoNetworkUnlessItWasGiven()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var connect = $"exec 3<>/dev/tcp/127.0.0.1/{((IPEndPoint)listener.LocalEndpoint).Port}";
        (await repository.RunAsync(connect)).ExitCode.ShouldNotBe(0);
        listener.Pending().ShouldBeFalse();
        (await repository.RunAsync("ls /sys/class/net 2>/dev/null; cat /proc/net/dev | grep -c :")).Output.ShouldBe("1\n");
        (await repository.RunAsync(connect, policy: repository.Policy with { Network = SandboxNetwork.Full })).ExitCode.ShouldBe(0);
        listener.Pending().ShouldBeTrue();
    }

    [SandboxFact]
    public async Task Command_SeesNoProcessOfTheHost()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        (await repository.RunAsync("ls -d /proc/[0-9]* | wc -l")).Output.Trim().Length.ShouldBe(1);
        (await repository.RunAsync($"kill -0 {Environment.ProcessId}")).ExitCode.ShouldNotBe(0);
        (await repository.RunAsync("grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status")).Output
            .ShouldBe("CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n");
        (await repository.RunAsync("hostname; cat /proc/sys/kernel/hostname")).Output.ShouldBe("sandbox\nsandbox\n");
    }

    [SandboxFact]
    public async Task Command_SeesACleanEnvironment()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var environment = (await repository.RunAsync("env")).Output;
        environment.ShouldNotContain("sk-secret");
        environment.ShouldContain("HOME=/home/agent\n");
        environment.ShouldContain("TERM=dumb\n");
        (await repository.RunAsync("cat; echo end")).Output.ShouldBe("end\n");
        (await repository.RunAsync("tty; test -w /dev/null && test -r /dev/urandom && ls /dev/sda /dev/vda /dev/mem /dev/kmsg 2>&1 | grep -vc 'No such'")).Output.ShouldBe("not a tty\n0\n");
    }

    [SandboxFact]
    public async Task Command_HasPrivateScratchFolders()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var name = $"agent-ide-scratch-{Guid.NewGuid():N}";
        (await repository.RunAsync($"echo x > /tmp/{name} && echo x > $HOME/{name} && echo x > /var/tmp/{name} && echo x > /dev/shm/{name}")).ExitCode.ShouldBe(0);
        File.Exists($"/tmp/{name}").ShouldBeFalse();
        (await repository.RunAsync($"ls /tmp/{name} $HOME/{name} /var/tmp/{name} /dev/shm/{name} 2>/dev/null")).Output.ShouldBe("");
    }

    [SandboxFact]
    public async Task Command_BuildsWithoutANetwork_FromThePackagesOfTheUsersCache()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        File.WriteAllText(
            Path.Combine(repository.Own, "app.csproj"),
            """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup>
              <ItemGroup><PackageReference Include="Shouldly" Version="4.2.1" /></ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(repository.Own, "a.cs"), "public static class A { public static System.Type B => typeof(Shouldly.Should); }");

        var built = await repository.RunAsync("dotnet build -v q && ls bin/Debug/net10.0/app.dll", seconds: 120, policy: repository.Policy);

        built.ExitCode.ShouldBe(0, built.Output);
        (await repository.RunAsync("! command -v cargo || cargo --version")).Output.ShouldNotContain("error");
        (await repository.RunAsync("! command -v node || node -e 'console.log(1 + 1)'")).ExitCode.ShouldBe(0);
        (await repository.RunAsync("touch ~/.nuget/packages/evil")).ExitCode.ShouldNotBe(0);
    }

    [SandboxFact]
    public async Task Policy_WhenAShownFolderHoldsTheRepository_StillHidesTheCheckouts()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        File.WriteAllText(Path.Combine(repository.Repository.Folder, "beside.txt"), "shown");
        File.Delete(Path.Combine(repository.Repository.Home, "id_rsa"));
        var policy = repository.Policy with { ReadOnlyPaths = [repository.Repository.Folder] };
        (await repository.RunAsync($"cat {repository.Repository.Folder}/beside.txt", policy: policy)).Output.ShouldBe("shown");
        (await repository.RunAsync("cat tracked.txt; echo ok > written; git status --porcelain", policy: policy)).Output.ShouldBe("committed\n?? written\n");
        (await repository.RunAsync($"grep -rs {SandboxedRepository.Secret} {repository.Repository.Folder}", policy: policy)).Output.ShouldBe("");
        (await repository.RunAsync($"ls -A {repository.Repository.Path}", policy: policy)).Output.ShouldBe(".git\n.worktrees\n");
    }

    [Fact]
    public async Task Policy_WhenTheGitFileWasReplaced_IsRefused()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var gitFile = Path.Combine(repository.Own, ".git");
        var original = File.ReadAllText(gitFile);
        var planted = Path.Combine(repository.Repository.Folder, "planted", "worktrees", "own");
        Directory.CreateDirectory(planted);
        File.WriteAllText(Path.Combine(planted, "gitdir"), gitFile);
        foreach (var content in new[] { $"gitdir: {planted}\n", $"gitdir: {repository.Common}/worktrees/other\n", "gitdir: /etc\n", "", "nonsense" })
        {
            File.WriteAllText(gitFile, content);
            Should.Throw<SandboxUnavailableException>(() => repository.Policy, content);
        }

        File.Delete(gitFile);
        Should.Throw<SandboxUnavailableException>(() => repository.Policy);
        Directory.CreateDirectory(gitFile);
        Should.Throw<SandboxUnavailableException>(() => repository.Policy);
        Directory.Delete(gitFile);
        File.WriteAllText(gitFile, original);
        repository.Policy.WorktreePath.ShouldNotBeEmpty();
        Should.Throw<SandboxUnavailableException>(() => SandboxPolicy.ForWorktree(repository.Repository.Path, repository.Common));
    }
}
