using Agent.Ide.Coordinator.Sandboxing;

namespace Agent.Ide.Coordinator.Tests.Sandboxing;

public sealed class FilteredGitConfigTests
{
    [Fact]
    public void Filter_KeepsTheFormatAndNoCredential()
    {
        const string Config = """
            [core]
            	repositoryformatversion = 1 # a comment
            	bare = false
            	fsmonitor = /tmp/evil
            	hooksPath = /tmp/evil
            	sshCommand = ssh -i key
            [Extensions]
            	worktreeConfig = true
            	objectFormat = "sha256"
            [include]
            	path = /home/user/secret
            [credential]
            	helper = store
            [http "https://example.invalid/"]
            	extraheader = AUTHORIZATION: basic c2VjcmV0
            [remote "origin"]
            	url = https://user:token@example.invalid/x.git
            [url "https://token@example.invalid/"]
            	insteadOf = x:
            [user] name = "A \"B\" \\ C ; not a comment" ; a comment
            	email = a@b.c
            	signingkey = secret
            [core]
            	autocrlf
            	eol = l\
            f
            [alias]
            	x = !evil
            """;
        FilteredGitConfig.Filter(Config).ShouldBe("""
            [core]
            	repositoryformatversion = "1"
            	bare = "false"
            [extensions]
            	worktreeconfig = "true"
            	objectformat = "sha256"
            [user]
            	name = "A \"B\" \\ C ; not a comment"
            	email = "a@b.c"
            [core]
            	autocrlf = "true"
            	eol = "lf"

            """.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[")]
    [InlineData("[core")]
    [InlineData("key = value")]
    [InlineData("[core]\n= x\n\\\n")]
    [InlineData("[a \"b]\n\tx = 1")]
    public void Filter_OfBrokenText_IsEmpty(string config) => FilteredGitConfig.Filter(config).ShouldBe("");
}
