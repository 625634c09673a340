using Agent.Ide.Coordinator.Secrets;

namespace Agent.Ide.Coordinator.Tests.Secrets;

public sealed class SecretRedactorTests
{
    private const string Key = "sk-live+9/\"x\"42=";

    [Fact]
    public void AKnownKey_IsTakenOut_InEverySpellingInWhichAProgramRepeatsIt()
    {
        var redactor = new SecretRedactor();
        redactor.LearnSent(Key);

        redactor.Redact($"said {Key}.").ShouldBe("said [secret].");
        redactor.Redact($"?key={Uri.EscapeDataString(Key)}").ShouldBe("?key=[secret]");
        redactor.Redact("{\"key\":\"sk-live+9/\\\"x\\\"42=\"}").ShouldBe("{\"key\":\"[secret]\"}");
        redactor.Redact(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Key))).ShouldBe("[secret]");
    }

    [Theory]
    [InlineData("https://me:pass@host/v1", "https://[secret]@host/v1")]
    [InlineData("https://t0ken@host", "https://[secret]@host")]
    [InlineData("Authorization: Bearer abc.def-12345", "Authorization: Bearer [secret]")]
    [InlineData("https://host/path?q=a@b", "https://host/path?q=a@b")]
    [InlineData("use Bearer authentication", "use Bearer authentication")]
    [InlineData("nothing here", "nothing here")]
    public void WhatCanOnlyBeASecret_IsTakenOut_AndNothingElse(string text, string expected) => new SecretRedactor().Redact(text).ShouldBe(expected);

    [Fact]
    public void AnEnvironment_IsLearntByItsNames()
    {
        var redactor = new SecretRedactor();
        redactor.Learn(new Dictionary<string, string>
        {
            ["GITHUB_TOKEN"] = "ghp_0123456789", ["DB_PASSWORD"] = "correct horse", ["SHORT_KEY"] = "abc", ["SSH_KEY"] = "/home/me/.ssh/id", ["EDITOR"] = "vim-is-no-secret",
        });

        redactor.Redact("ghp_0123456789 correct horse abc /home/me/.ssh/id vim-is-no-secret").ShouldBe("[secret] [secret] abc /home/me/.ssh/id vim-is-no-secret");
    }

    [Fact]
    public void WhatAModelSays_LosesTheKeyThatItWasSent_AndIsCodeOtherwise()
    {
        var redactor = new SecretRedactor();
        redactor.LearnSent(Key);
        redactor.Learn(new Dictionary<string, string> { ["STAGE_KEY"] = "production" });

        redactor.RedactSent($"url = \"https://user:pass@host\"; stage = \"production\"; key = {Key}")
            .ShouldBe("url = \"https://user:pass@host\"; stage = \"production\"; key = [secret]");
    }
}
