using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests.Repositories;

public sealed class CheckoutFingerprintTests
{
    [Fact]
    public async Task ShouldEqual_OfAnUntouchedCheckout_Passes()
    {
        await using var repository = await TempRepository.CreateAsync(("a.txt", "one\n"));
        var before = await repository.FingerprintAsync();

        File.AppendAllText(Path.Combine(repository.Path, ".git", "info", "exclude"), ".worktrees/\n");
        await repository.GitAsync("branch", "agent/some-task");
        repository.Write(".worktrees/some-task/file.txt", "an agent's");
        await repository.GitAsync("update-ref", "refs/agent-ide/base/some-task", "HEAD");

        (await repository.FingerprintAsync()).ShouldEqual(before);
    }

    [Theory]
    [InlineData("file a.txt")]
    [InlineData("index")]
    [InlineData("ref refs/heads/main")]
    [InlineData("ref refs/stash")]
    [InlineData("file new.txt")]
    public async Task ShouldEqual_OfAChangedCheckout_NamesWhatChanged(string entry)
    {
        await using var repository = await TempRepository.CreateAsync(("a.txt", "one\n"));
        repository.Write("a.txt", "two\n");
        var before = await repository.FingerprintAsync();

        switch (entry)
        {
            case "file a.txt":
                repository.Write("a.txt", "three\n");
                break;
            case "index":
                await repository.GitAsync("add", "a.txt");
                break;
            case "file new.txt":
                repository.Write("new.txt", "");
                break;
            case "ref refs/heads/main":
                await repository.GitAsync("commit", "--quiet", "-am", "moved");
                break;
            default:
                await repository.GitAsync("stash", "--quiet");
                break;
        }

        var changed = await repository.FingerprintAsync();
        Should.Throw<ShouldAssertException>(() => changed.ShouldEqual(before)).Message.ShouldContain(entry + ": ");
    }
}
