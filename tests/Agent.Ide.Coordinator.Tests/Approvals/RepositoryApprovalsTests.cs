using Agent.Ide.Coordinator.Approvals;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Ide.Coordinator.Tests.Approvals;

public sealed class RepositoryApprovalsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("approvals-");

    private string ApprovalsFile => Path.Combine(_folder.FullName, "state", "approvals.json");

    private string Audit => Path.Combine(_folder.FullName, "audit.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Remembered_CoversTheSameCallInEveryTask_AndEachUseIsWrittenDown()
    {
        await Of("repository").RememberAsync("first", Request("make test"), CancellationToken.None);

        (await Of("repository").CoverAsync("second", Request("make test"), CancellationToken.None)).ShouldBeTrue();
        (await Of("repository").CoverAsync("second", Request("make test "), CancellationToken.None)).ShouldBeFalse();
        (await Of("repository").CoverAsync("second", Request("make test") with { Tool = "write_file" }, CancellationToken.None)).ShouldBeFalse();

        var line = (await File.ReadAllLinesAsync(Audit)).ShouldHaveSingleItem();
        line.ShouldContain("AllowedByRepository");
        line.ShouldContain("make test");
        line.ShouldContain("second");
    }

    [Fact]
    public async Task Remembered_HoldsForNoOtherRepository_ButForEveryPathToTheSame()
    {
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "repository"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "link"), Path.Combine(_folder.FullName, "repository"));
        await Of("link").RememberAsync("first", Request("make test"), CancellationToken.None);

        (await Of("repository").CoverAsync("t", Request("make test"), CancellationToken.None)).ShouldBeTrue();
        (await Of("clone").CoverAsync("t", Request("make test"), CancellationToken.None)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("always", "noSandbox", false)]
    [InlineData("noSandbox", "always", true)]
    [InlineData("always", "remote", false)]
    [InlineData("always", "network", false)]
    public async Task Remembered_CountsForNoMoreThanWasShown(string given, string asked, bool covers)
    {
        await Of("repository").RememberAsync("first", Request("make", given), CancellationToken.None);

        (await Of("repository").CoverAsync("t", Request("make", asked), CancellationToken.None)).ShouldBe(covers);
    }

    [Theory]
    [InlineData("remote")]
    [InlineData("network")]
    public async Task WhatIsAskedEachTime_IsNotRemembered(string reason)
    {
        var failure = await Should.ThrowAsync<RequestFailedException>(() => Of("repository").RememberAsync("t", Request("x", reason), CancellationToken.None));

        failure.Error.Code.ShouldBe("cannotRemember");
        Of("repository").List(out _).ShouldBeEmpty();
    }

    [Fact]
    public async Task Revoke_TakesBackWhatIsNamed_AndNumbersAreNotGivenAgain()
    {
        var approvals = Of("repository");
        await approvals.RememberAsync("t", Request("one"), CancellationToken.None);
        await approvals.RememberAsync("t", Request("two"), CancellationToken.None);
        await approvals.RememberAsync("t", Request("two"), CancellationToken.None);
        await Of("other").RememberAsync("t", Request("one"), CancellationToken.None);
        approvals.List(out _).Select(answer => answer.Number).ShouldBe([1, 3]);

        (await approvals.RevokeAsync([3], CancellationToken.None)).ShouldHaveSingleItem().Number.ShouldBe(3);
        (await Should.ThrowAsync<RequestFailedException>(() => approvals.RevokeAsync([1, 3], CancellationToken.None))).Error.Code.ShouldBe("unknownApproval");
        await approvals.RememberAsync("t", Request("three"), CancellationToken.None);
        approvals.List(out _).Select(answer => answer.Number).ShouldBe([1, 4]);

        (await approvals.RevokeAsync(null, CancellationToken.None)).Count.ShouldBe(2);
        approvals.List(out _).ShouldBeEmpty();
        Of("other").List(out _).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task ApprovalsFileThatOthersCanWrite_OrThatMakesNoSense_AllowsNothing()
    {
        await Of("repository").RememberAsync("t", Request("make"), CancellationToken.None);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(ApprovalsFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.SetUnixFileMode(ApprovalsFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);
            (await Of("repository").CoverAsync("t", Request("make"), CancellationToken.None)).ShouldBeFalse();
            Of("repository").List(out var open);
            open!.ShouldContain("can be written by others");
        }

        foreach (var damaged in (string[])["", "{", "[]", """{"version":1,"repositories":{"x":{"next":1,"answers":[{"number":1,"tool":"run_command","arguments":"nonsense","reason":"always","allowedAt":"2026-01-01T00:00:00Z","task":"t"}]}}}"""])
        {
            File.Delete(ApprovalsFile);
            await File.WriteAllTextAsync(ApprovalsFile, damaged);
            (await Of("repository").CoverAsync("t", Request("make"), CancellationToken.None)).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Use_ThatCannotBeWrittenDown_IsAskedInstead()
    {
        await Of("repository").RememberAsync("t", Request("make"), CancellationToken.None);
        Directory.CreateDirectory(Audit);

        (await Of("repository").CoverAsync("t", Request("make"), CancellationToken.None)).ShouldBeFalse();
    }

    private RepositoryApprovals Of(string repository) => new(
        ApprovalsFile, Path.Combine(_folder.FullName, repository), new AuditLog(Audit, TimeProvider.System), TimeProvider.System, NullLogger.Instance);

    private static ApprovalRequested Request(string command, string reason = "always") => new()
    {
        CallId = "call-1",
        Tool = "run_command",
        Summary = command,
        Arguments = $"{{\"command\":\"{command}\"}}",
        Reason = reason,
    };
}
