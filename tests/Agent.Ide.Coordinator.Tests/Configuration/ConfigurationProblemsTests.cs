using Agent.Ide.Coordinator.Configuration;
using Agent.Ide.Coordinator.Configuration.Keys;
using static Agent.Ide.Coordinator.Tests.Configuration.ConfigurationFolder;

namespace Agent.Ide.Coordinator.Tests.Configuration;

public sealed class ConfigurationProblemsTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("worktree: { max_concurrent: 0 }", 2, 31, "worktree.max_concurrent", "found 0; allowed: a whole number from 1 to 64")]
    [InlineData("worktree: { max_concurrent: 65 }", 2, 31, "worktree.max_concurrent", "found 65; allowed: a whole number from 1 to 64")]
    [InlineData("worktree: { max_concurrent: '3' }", 2, 31, "worktree.max_concurrent", "found the text \"3\"; allowed: a whole number from 1 to 64")]
    [InlineData("worktree: { max_concurrent: 2.5 }", 2, 31, "worktree.max_concurrent", "found 2.5; allowed: a whole number from 1 to 64")]
    [InlineData("worktree: { max_concurrent: 99999999999999999999 }", 2, 31, "worktree.max_concurrent", "found 99999999999999999999; allowed: a whole number from 1 to 64")]
    [InlineData("worktree: { max_concurrent: }", 2, 31, "worktree.max_concurrent", "found nothing; allowed: a whole number from 1 to 64")]
    [InlineData("worktree: { max_concurrent: [3] }", 2, 31, "worktree.max_concurrent", "found a list; allowed: a whole number from 1 to 64")]
    [InlineData("worktree: { max_concurent: 3 }", 2, 15, "worktree.max_concurent", "is not a known key; allowed: base_path, branch_prefix, max_concurrent, prune_after_hours, warm, include_uncommitted; did you mean max_concurrent?")]
    [InlineData("worktree: [1]", 2, 13, "worktree", "is no mapping; allowed: a mapping with base_path, branch_prefix, max_concurrent, prune_after_hours, warm, include_uncommitted")]
    [InlineData("worktree: { include_uncommitted: yes }", 2, 36, "worktree.include_uncommitted", "found yes; allowed: true, false")]
    [InlineData("worktree: { base_path: ../out }", 2, 26, "worktree.base_path", "found ../out, which leaves the repository; allowed: a relative folder inside the repository")]
    [InlineData("worktree: { base_path: /tmp }", 2, 26, "worktree.base_path", "found /tmp, which is no plain relative folder; allowed: a relative folder inside the repository")]
    [InlineData("worktree: { base_path: a/.GIT/b }", 2, 26, "worktree.base_path", "found a/.GIT/b, which is git's own folder; allowed: a relative folder inside the repository")]
    [InlineData("worktree: { base_path: ./. }", 2, 26, "worktree.base_path", "found ./., which is the repository itself; allowed: a relative folder inside the repository")]
    [InlineData("worktree: { branch_prefix: a..b }", 2, 30, "worktree.branch_prefix", "found a..b, which git does not take as a part of a branch name; allowed: the beginning of a branch name")]
    [InlineData("worktree: { branch_prefix: 5 }", 2, 30, "worktree.branch_prefix", "found 5, which is no text; write it in quotes to use it as one; allowed: the beginning of a branch name")]
    [InlineData("context_budget: { max_tokens: 1000 }", 2, 33, "context_budget.max_tokens", "found 1000; allowed: auto, or a whole number from 1024 to 10000000")]
    [InlineData("context_budget: { delegation_threshold: 1.01 }", 2, 43, "context_budget.delegation_threshold", "found 1.01; allowed: a number above 0 and at most 1")]
    [InlineData("context_budget: { delegation_threshold: 0 }", 2, 43, "context_budget.delegation_threshold", "found 0; allowed: a number above 0 and at most 1")]
    [InlineData("context_budget: { delegation_threshold: .nan }", 2, 43, "context_budget.delegation_threshold", "found .nan; allowed: a number above 0 and at most 1")]
    [InlineData("merge: { strategy: sqash }", 2, 22, "merge.strategy", "found sqash (did you mean squash?); allowed: squash, merge")]
    [InlineData("max_tokens: 4096", 2, 3, "max_tokens", "is not a known key; allowed: model, context_budget, worktree, setup, validate, merge, network, resource_limits, inference, tools; did you mean context_budget.max_tokens?")]
    [InlineData("model: ''", 2, 10, "model", "found the text \"\", which is empty; allowed: null, or a model's name")]
    [InlineData("inference: { base_url: localhost:8080 }", 2, 26, "inference.base_url", "found localhost:8080, which is no absolute http or https address; allowed: null, or an absolute http or https address without user, query or fragment")]
    [InlineData("inference: { base_url: 'http://me:secret@host/v1' }", 2, 26, "inference.base_url", null)]
    [InlineData("tools: {}", 2, 10, "tools", "is no list; allowed: a list of entries with a name each")]
    [InlineData("tools: [run_command]", 2, 11, "tools[0]", "is no mapping; allowed: a mapping with name, enabled, timeout_seconds, approval, environment")]
    [InlineData("tools: [{ enabled: true }]", 2, 11, "tools[0].name", null)]
    [InlineData("tools: [{ name: run_comand }]", 2, 19, "tools[run_comand]", null)]
    [InlineData("tools: [{ name: finish }, { name: finish }]", 2, 37, "tools[finish]", "is listed twice; write one entry for each tool")]
    [InlineData("tools: [{ name: run_command, timeout_seconds: 0 }]", 2, 49, "tools[run_command].timeout_seconds", "found 0; allowed: a whole number from 1 to 86400")]
    [InlineData("tools: [{ name: run_command, approval: ask }]", 2, 42, "tools[run_command].approval", "found ask; allowed: never, sandboxed, always")]
    [InlineData("tools: [{ name: run_command, aproval: always }]", 2, 32, "tools[run_command].aproval", "is not a known key; allowed: name, enabled, timeout_seconds, approval, environment; did you mean approval?")]
    [InlineData("setup: npm ci", 2, 10, "setup", "found npm ci; allowed: a list of at most 50 command lines")]
    [InlineData("setup: [[]]", 2, 10, "setup", "found a list in the list; allowed: a list of at most 50 command lines")]
    public void Load_OfABadValue_NamesLineColumnKeyAndWhatIsAllowed(string line, int at, int column, string key, string? message)
    {
        var problem = _folder.Repository(Session(line)).Problems().ShouldHaveSingleItem();

        (problem.Source, problem.Line, problem.Column, problem.Key).ShouldBe((_folder.RepositoryFile, at, column, key));
        problem.Message.ShouldBe(message ?? problem.Message);
        problem.ToString().ShouldBe($"{_folder.RepositoryFile}:{at}:{column}: {key}: {problem.Message}");
    }

    [Theory]
    [InlineData("context_budget.min_delegation_tokens: 501")]
    [InlineData("worktree.warm: 0")]
    [InlineData("validate: [npm test]")]
    [InlineData("merge.auto_merge: true")]
    [InlineData("merge.strategy: rebase")]
    [InlineData("inference.provider: anthropic")]
    [InlineData("inference.cache_eviction_interval: 1")]
    [InlineData("inference.metal_memory_limit_gb: 8")]
    public void Load_OfWhatIsNotBuiltYet_RefusesItByName(string setting)
    {
        var (key, value) = (setting.Split(": ")[0], setting.Split(": ")[1]);
        var parts = key.Split('.');
        var line = parts.Length == 1 ? $"{key}: {value}" : $"{parts[0]}: {{ {parts[1]}: {value} }}";

        var problem = _folder.User(Session(line)).Problems().ShouldHaveSingleItem();

        problem.Key.ShouldBe(key);
        problem.Message.ShouldContain("not built yet");
    }

    [Fact]
    public void NotBuiltYet_NamesOnlyKeysThatExist() =>
        NotBuiltYet.Keys.ShouldBeSubsetOf(ConfigurationKeys.All.Select(key => key.Path));

    [Theory]
    [InlineData("{ name: delegate }", "tools[delegate]: delegate is not built yet; it is accepted with enabled: false only")]
    [InlineData("{ name: delegate, enabled: true }", "tools[delegate]: delegate is not built yet; it is accepted with enabled: false only")]
    [InlineData("{ name: run_command, environment: remote }", "tools[run_command].environment: remote is not built yet; allowed: local, local_only")]
    public void Load_OfAToolThatIsNotBuiltYet_RefusesItByName(string entry, string message) =>
        _folder.User(Session($"tools: [{entry}]")).Problems().ShouldHaveSingleItem().ToString().ShouldEndWith(message);

    [Fact]
    public void Load_OfSeveralBadLayers_CollectsEveryProblem()
    {
        _folder
            .User("agent_session:\n  modle: x\n  worktree:\n    warm: no\n")
            .Repository("agent_sesion: {}\nmodel: x\n")
            .Variable("AGENT_IDE_MERGE__STRATEGY", "fast");

        _folder.Problems().Select(problem => problem.ToString()).ShouldBe(
        [
            $"{_folder.UserFile}:2:3: modle: is not a known key; allowed: model, context_budget, worktree, setup, validate, merge, network, resource_limits, inference, tools; did you mean model?",
            $"{_folder.UserFile}:4:11: worktree.warm: found no; allowed: a whole number from 0 to 16",
            $"{_folder.RepositoryFile}:1:1: agent_sesion: is not a known key; allowed: agent_session; did you mean agent_session?",
            $"{_folder.RepositoryFile}:2:1: model: is not a known key; allowed: agent_session; did you mean agent_session: model?",
            "environment variable AGENT_IDE_MERGE__STRATEGY: merge.strategy: found fast; allowed: squash, merge",
        ]);
    }

    [Theory]
    [InlineData("- a\n", 1, 1, "is no mapping; allowed: agent_session with the settings below it")]
    [InlineData("just words\n", 1, 1, "is no mapping; allowed: agent_session with the settings below it")]
    [InlineData("agent_session: {}\n---\nagent_session: {}\n", 2, 1, "has a second document here; one file holds one document")]
    [InlineData("agent_session: {}\nagent_session: {}\n", 2, 1, "is there twice, first on line 1; write it once")]
    [InlineData("agent_session:\n  model: a\n  model: b\n", 3, 3, "is there twice, first on line 2; write it once")]
    [InlineData("agent_session:\n  ? [a]\n  : b\n", 2, 5, "has a list or mapping as a key here; keys are names")]
    [InlineData("agent_session:\n  model: !!python/object:os.system x\n", 2, 10, "has a tag here; tags are not supported")]
    [InlineData("agent_session: &a { model: *a }\n", 1, 28, "refers to the anchor \"a\", which is not complete before this place")]
    [InlineData("agent_session:\n\tmodel: x\n", 2, 1, "is not valid YAML: tabs cannot indent, only spaces can")]
    [InlineData("agent_session: {\n", null, null, null)]
    [InlineData("agent_session: \"\\U99999999\"\n", null, null, null)]
    public void Load_OfWhatIsNoConfiguration_SaysWhere(string text, int? line, int? column, string? message)
    {
        var problem = _folder.Repository(text).Problems().ShouldHaveSingleItem();

        problem.Line.ShouldBe(line ?? problem.Line.ShouldNotBeNull());
        problem.Column.ShouldBe(column ?? problem.Column.ShouldNotBeNull());
        problem.Message.ShouldBe(message ?? problem.Message);
        problem.Message.ShouldNotContain('\n');
    }

    [Fact]
    public void Load_OfAnAliasToACompleteNode_TakesItsValue() =>
        _folder.User(Session("model: &name tiny", "worktree: { branch_prefix: *name }")).Load().Settings.Worktree.BranchPrefix.ShouldBe("tiny");

    [Fact]
    public void Load_OfABombOfAliases_EndsAtOnceWithAnError()
    {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 200).Select(i =>
            $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n")) + "agent_session: { setup: *a200 }\n";

        var problems = _folder.Repository(text).Problems();

        problems.Count.ShouldBe(202);
        Should.Throw<ConfigurationException>(_folder.Load).Message.Split('\n').Length.ShouldBe(21);
    }

    [Fact]
    public void Load_OfDeepNesting_EndsWithAnError() =>
        _folder.Repository(new string('[', 20_000)).Problems().ShouldHaveSingleItem().Message.ShouldBe("is nested deeper than 16 levels");

    [Fact]
    public void Load_OfAHugeFile_DoesNotReadIt() =>
        _folder.Repository(new string('#', 65 * 1024)).Problems().ShouldHaveSingleItem().Message
            .ShouldBe("is larger than 64 KB, which no configuration is");

    [Fact]
    public void Load_OfAnotherEncoding_SaysSo()
    {
        File.WriteAllBytes(_folder.RepositoryFile, [0xFF, 0xFE, 0x61, 0x00]);

        _folder.Problems().ShouldHaveSingleItem().Message.ShouldBe("is not UTF-8; save it in that encoding");
    }

    [Fact]
    public void Load_OfAFolderInPlaceOfTheFile_SaysSo()
    {
        Directory.CreateDirectory(_folder.RepositoryFile);

        _folder.Problems().ShouldHaveSingleItem().Message.ShouldBe("is a folder; a file is expected");
    }

    [Fact]
    public void Load_OfALink_RefusesTheRepositorysAndFollowsTheUsers()
    {
        var target = Path.Combine(_folder.Root, "settings.yaml");
        File.WriteAllText(target, Session("model: linked"));
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.UserFile)!);
        File.CreateSymbolicLink(_folder.UserFile, target);

        _folder.Load().Settings.Model.ShouldBe("linked");

        File.CreateSymbolicLink(_folder.RepositoryFile, target);
        _folder.Problems().ShouldHaveSingleItem().Message.ShouldBe("is a link; put the settings themselves there");
    }

    [Fact]
    public void Load_OfTextMadeToFoolATerminal_ShowsItEscaped() =>
        _folder.Repository("agent_session:\n  \"\\e[2Jx\\u202ey\": 1\n").Problems().ShouldHaveSingleItem().Key.ShouldBe("\\u{1b}[2Jx\\u{202e}y");

    [Fact]
    public void Load_OfRandomBytes_NeverEndsInAnythingButAConfigurationError()
    {
        const string Alphabet = "agent_session:{}[],&*!|>'\"%@`#-?~ \n\t\\0x\uFEFF\u2028";
        var random = new Random(20261120);
        for (var round = 0; round < 1000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            _folder.Repository(text);
            try
            {
                _folder.Load();
            }
            catch (ConfigurationException exception)
            {
                exception.Problems.ShouldNotBeEmpty(text);
            }
        }
    }
}
