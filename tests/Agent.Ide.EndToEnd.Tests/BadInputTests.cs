using Agent.Ide.Testing.Programs;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.EndToEnd.Tests;

public sealed class BadInputTests
{
    private static Script Nothing => new();

    [Fact]
    public async Task OutsideARepository_EndsWith6AndOneLine()
    {
        await using var all = await EndToEnd.CreateAsync(Nothing, ("README.md", "hello\n"));
        var empty = Directory.CreateDirectory(Path.Combine(all.Repository.Folder, "empty")).FullName;

        var run = (await all.Program.RunInAsync(empty, "run", "anything")).ShouldEndWith(6);

        run.Error.Trim().Split('\n').Length.ShouldBeLessThanOrEqualTo(2);
        run.Error.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task ABareRepository_AndOneWithoutACommit_EndWith6()
    {
        await using var all = await EndToEnd.CreateAsync(Nothing, ("README.md", "hello\n"));
        var bare = Path.Combine(all.Repository.Folder, "bare.git");
        await all.Repository.GitAsync("init", "--bare", bare);
        var unborn = Path.Combine(all.Repository.Folder, "unborn");
        await all.Repository.GitAsync("init", unborn);

        (await all.Program.RunInAsync(bare, "run", "anything")).ShouldEndWith(6);
        (await all.Program.RunInAsync(unborn, "run", "anything")).ShouldEndWith(6).Error.ShouldContain("commit");
        (await all.Program.RunInAsync(unborn, "coordinator", "stop")).ShouldEndWith(0);
    }

    [Fact]
    public async Task InTheMiddleOfAMerge_EndsWith6_AndADetachedHeadWorks()
    {
        await using var all = await EndToEnd.CreateAsync(new Script().On("work", Script.Write("a.txt", "a\n"), Script.Finish("Done.")), ("README.md", "hello\n"));
        var git = Path.Combine(all.Repository.Path, ".git");
        await File.WriteAllTextAsync(Path.Combine(git, "MERGE_HEAD"), await all.Repository.HashAsync("HEAD") + "\n");

        (await all.Program.RunAsync("run", "work")).ShouldEndWith(6).Error.ShouldContain("merge");

        File.Delete(Path.Combine(git, "MERGE_HEAD"));
        await all.Repository.GitAsync("checkout", "--detach");
        (await all.Program.RunAsync("run", "work")).ShouldEndWith(0);
    }

    [Fact]
    public async Task AMistakeInTheConfiguration_EndsWith2AndNamesFileLineAndKey()
    {
        await using var all = await EndToEnd.CreateAsync(Nothing, ("README.md", "hello\n"), (".agent-ide.yaml", "agent_session:\n  context_budget: { max_token: 9000 }\n"));

        var run = (await all.Program.RunAsync("run", "anything")).ShouldEndWith(2);

        run.Error.ShouldContain(".agent-ide.yaml:2");
        run.Error.ShouldContain("max_token");
    }

    [Fact]
    public async Task ARepositoryThatNamesAModelServer_IsIgnoredUntilTrusted()
    {
        await using var all = await EndToEnd.CreateAsync(new Script().On("work", Script.Finish("Done.")), ("README.md", "hello\n"));
        all.Program.Variables.Remove("AGENT_IDE_INFERENCE__BASE_URL");
        all.Repository.Write(".agent-ide.yaml", $"agent_session:\n  inference: {{ provider: openai, base_url: \"{all.Model.BaseUrl}\" }}\n");

        var trusted = (await all.Program.RunAsync("trust", "--yes")).ShouldEndWith(0);
        (trusted.Output + trusted.Error).ShouldContain("base_url");
        (await all.Program.RunAsync("run", "work")).ShouldEndWith(0);
        all.Repository.Write(".agent-ide.yaml", $"agent_session:\n  inference: {{ provider: openai, base_url: \"{all.Model.BaseUrl}\" }}\n# changed\n");
        var requests = all.Model.Requests.Count;
        var run = await all.Program.RunAsync("run", "work");

        // What is left is OpenAI's own service, and for that there is no key.
        run.ShouldEndWith(6).Error.ShouldContain("agent-ide trust");
        all.Model.Requests.Count.ShouldBe(requests);
    }

    [Fact]
    public async Task NoModelReachable_EndsWith6_AndLeavesNothingBehind()
    {
        await using var all = await EndToEnd.CreateAsync(Nothing, ("README.md", "hello\n"));
        all.Program.Variables["AGENT_IDE_INFERENCE__BASE_URL"] = "http://127.0.0.1:9/v1";

        var run = (await all.Program.RunAsync("run", "anything")).ShouldEndWith(6);

        run.Error.ShouldContain("127.0.0.1:9");
        (await all.Repository.GitAsync("for-each-ref", "--format=%(refname)")).ShouldBe("refs/heads/main");
        Directory.Exists(Path.Combine(all.Repository.Path, ".worktrees")).ShouldBeFalse();
        (await all.TaskIdsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task UnknownVerbsOptionsAndIds_EndWith2()
    {
        await using var all = await EndToEnd.CreateAsync(Nothing, ("README.md", "hello\n"));

        (await all.Program.RunAsync("frobnicate")).ShouldEndWith(2);
        (await all.Program.RunAsync("tasks", "--frobnicate")).ShouldEndWith(2);
        (await all.Program.RunAsync("show", "no-such-task")).ShouldEndWith(2);
        (await all.Program.RunAsync("pipeline", "tasks.yaml")).ShouldEndWith(2).Error.ShouldContain("not built yet");
    }

    [Fact]
    public async Task WithoutASandbox_AnUnattendedCommandIsDenied_AndEndsWith5()
    {
        await using var all = await EndToEnd.CreateAsync(new Script().On("work", Script.Command("touch made-by-command"), Script.Finish("Done.")), ("README.md", "hello\n"));
        // A bubblewrap that is there and cannot make a sandbox, as in a container without user namespaces.
        var folder = Directory.CreateDirectory(Path.Combine(all.Repository.Folder, "bin")).FullName;
        var broken = Path.Combine(folder, "bwrap");
        await File.WriteAllTextAsync(broken, "#!/bin/sh\necho 'No permissions to create a new namespace' >&2\nexit 1\n");
        File.SetUnixFileMode(broken, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        all.Program.Variables["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}";

        var run = (await all.Program.RunAsync("run", "work")).ShouldEndWith(5);

        run.Error.ShouldNotBeEmpty();
        var id = (await all.TaskIdsAsync()).Single();
        File.Exists(Path.Combine(all.Repository.Path, ".worktrees", id, "made-by-command")).ShouldBeFalse();
    }

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    public async Task AModelServerThatRefuses_FailsWithAReason_NeverTheKey(int status)
    {
        await using var all = await EndToEnd.CreateAsync(new Script().On("work", Script.Finish("Done.")), ("README.md", "hello\n"));
        all.Program.Variables["OPENAI_API_KEY"] = "sk-very-secret";
        all.Model.FaultFor = _ => new Testing.Models.ModelFault { Status = status };

        var run = await all.Program.RunAsync("run", "work");

        run.ExitCode.ShouldBeOneOf(1, 6);
        (run.Output + run.Error).ShouldNotContain("sk-very-secret");
        var folder = Path.Combine(all.Repository.Path, ".git", "agent-ide");
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("lock", StringComparison.Ordinal)))
        {
            System.Text.Encoding.UTF8.GetString(await ReadSharedAsync(file)).ShouldNotContain("sk-very-secret", customMessage: file);
        }
    }

    [Fact]
    public async Task ADamagedStream_IsRetried_AndTheTaskEnds()
    {
        await using var all = await EndToEnd.CreateAsync(new Script().On("work", Script.Write("a.txt", "a\n"), Script.Finish("Done.")), ("README.md", "hello\n"));
        all.Model.Inject(new Testing.Models.ModelFault { CutAfterEvents = 1 });
        all.Model.Inject(new Testing.Models.ModelFault { Status = 500 });

        (await all.Program.JsonAsync("run", "work"))["steps"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task TheSameCallForever_FailsWithALoopGuard()
    {
        var calls = Enumerable.Repeat(0, 40).Select(_ => Script.Read("README.md")).ToArray();
        await using var all = await EndToEnd.CreateAsync(new Script().On("work", calls), ("README.md", "hello\n"));

        var run = (await all.Program.RunAsync("run", "work")).ShouldEndWith(1);

        run.Error.ShouldNotBeEmpty();
        var id = (await all.TaskIdsAsync()).Single();
        (await all.Program.JsonAsync("show", id))["task"]!["error"]!["code"]!.GetValue<string>().ShouldBe("loopGuard");
    }

    [Fact]
    public async Task PathsThatLeaveTheWorktree_AreRefusedToTheModel()
    {
        var script = new Script().On(
            "work",
            Script.Read("../../README.md"),
            Script.Read("/etc/passwd"),
            Script.Command("ln -s /etc/passwd link && mkfifo pipe"),
            Script.Read("link"),
            Script.Read("pipe"),
            Script.Write("link", "overwritten"),
            Script.Finish("Tried."));
        await using var all = await EndToEnd.CreateAsync(script, ("README.md", "hello\n"));

        var id = (await all.Program.JsonAsync("run", "work"))["id"]!.GetValue<string>();

        var steps = (await all.Program.JsonAsync("show", id))["steps"]!.AsArray();
        foreach (var number in new[] { 0, 1, 3, 4, 5 })
        {
            steps[number]!["error"].ShouldNotBeNull($"step {number + 1}: {steps[number]!.ToJsonString()}");
        }
    }

    private static async Task<byte[]> ReadSharedAsync(string path)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
