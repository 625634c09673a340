using System.Globalization;
using Agent.Ide.Coordinator.Models;
using Agent.Ide.Core.Loop;
using Agent.Ide.Testing.Models;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Tests.Models;

/// <summary>Which requests are repeated, how often, and how long is waited in between.</summary>
public sealed class RetryTests
{
    public static TheoryData<string, ModelFault> Passing => new()
    {
        { "408", new ModelFault { Status = 408 } },
        { "409", new ModelFault { Status = 409 } },
        { "429", new ModelFault { Status = 429 } },
        { "500", new ModelFault { Status = 500 } },
        { "502", new ModelFault { Status = 502 } },
        { "503", new ModelFault { Status = 503 } },
        { "reset", new ModelFault { Reset = true } },
        { "a stream cut in the middle", new ModelFault { CutAfterEvents = 1 } },
        { "a body cut in the middle", new ModelFault { CutAfterEvents = 1, IgnoreStreaming = true } },
        { "a stream without an end", new ModelFault { RawBody = "data: {\"choices\":[{\"delta\":{\"content\":\"hal\"}}]}\n\n" } },
    };

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task WhatPasses_IsRepeatedWithGrowingWaits(string failure, ModelFault fault)
    {
        await using var host = new ModelHost();
        host.Server.Inject(fault);
        host.Server.Inject(fault);

        (await host.AskAsync()).Text.ShouldBe("fine", failure);

        host.Server.ChatRequests.Count.ShouldBe(3);
        host.Server.ChatRequests.Select(request => request.Body).Distinct().Count().ShouldBe(1);
        host.Time.Delays.ShouldBe([TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1)]);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(422)]
    public async Task WhatDoesNotPass_IsNotRepeated(int status)
    {
        await using var host = new ModelHost();
        host.Server.Usual = new ModelFault { Status = status };

        await Should.ThrowAsync<ModelRequestException>(() => host.AskAsync());

        host.Server.ChatRequests.Count.ShouldBe(1);
        host.Time.Delays.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", 0.5)]
    [InlineData("3600", 60)]
    [InlineData("date+20", 20)]
    [InlineData("date-20", 0.5)]
    [InlineData("soon", 0.5)]
    public async Task RetryAfter_IsHonoured_WithinBounds(string header, double expectedSeconds)
    {
        await using var host = new ModelHost();
        if (header.StartsWith("date", StringComparison.Ordinal))
        {
            var seconds = double.Parse(header[4..], CultureInfo.InvariantCulture);
            header = host.Time.GetUtcNow().AddSeconds(seconds).ToString("R", CultureInfo.InvariantCulture);
        }

        host.Server.Inject(new ModelFault { Status = 429, RetryAfter = header });

        (await host.AskAsync()).Text.ShouldBe("fine");

        host.Time.Delays.ShouldBe([TimeSpan.FromSeconds(expectedSeconds)]);
    }

    [Fact]
    public async Task A429ThatStays_EndsAsRateLimited()
    {
        await using var host = new ModelHost();
        host.Server.Usual = new ModelFault { Status = 429 };

        var error = await Should.ThrowAsync<ModelRequestException>(() => host.AskAsync());

        error.Error.Code.ShouldBe("rateLimited");
        error.Error.ExitCode.ShouldBe(1);
        host.Server.ChatRequests.Count.ShouldBe(6);
        host.Time.Delays.Select(delay => delay.TotalSeconds).ShouldBe([0.5, 1, 2, 4, 8]);
    }

    [Fact]
    public async Task A500ThatStays_EndsAsAServerError()
    {
        await using var host = new ModelHost(options: new ModelGatewayOptions { MaxAttempts = 3 });
        host.Server.Usual = new ModelFault { Status = 500, ErrorMessage = "out of memory" };

        var error = await Should.ThrowAsync<ModelRequestException>(() => host.AskAsync());

        error.Error.Code.ShouldBe("modelServerError");
        error.Error.Message.ShouldContain("out of memory");
        host.Server.ChatRequests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task AllWaitsTogether_AreBounded()
    {
        await using var host = new ModelHost(options: new ModelGatewayOptions { MaxRetryTime = TimeSpan.FromSeconds(100) });
        host.Server.Usual = new ModelFault { Status = 503, RetryAfter = "45" };

        await Should.ThrowAsync<ModelRequestException>(() => host.AskAsync());

        host.Time.Delays.Select(delay => delay.TotalSeconds).ShouldBe([45, 45]);
    }

    [Fact]
    public async Task AQuotaThatIsUsedUp_IsNotWaitedFor()
    {
        await using var host = new ModelHost();
        host.Server.Usual = new ModelFault { Status = 429, ErrorCode = "insufficient_quota", ErrorMessage = "You exceeded your current quota" };

        var error = await Should.ThrowAsync<ModelRequestException>(() => host.AskAsync());

        error.Error.Code.ShouldBe("rateLimited");
        host.Server.ChatRequests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task WhereNothingListens_APersonIsToldSoon()
    {
        using var port = new ClosedPort();
        await using var host = new ModelHost();
        var settings = host.Settings with { BaseUrl = $"http://127.0.0.1:{port.Number}/v1" };
        using var client = await host.Gateway.ForTaskAsync(settings, "m1", host.Timeout);

        var error = await Should.ThrowAsync<ModelRequestException>(
            () => client.GetResponseAsync([new ChatMessage(ChatRole.User, "hi")], null, host.Timeout));

        error.Error.Code.ShouldBe("modelUnreachable");
        error.Error.ExitCode.ShouldBe(6);
        error.Error.Message.ShouldContain($"http://127.0.0.1:{port.Number}/v1");
        error.Error.Hint!.ShouldContain("ollama serve");
        host.Time.Delays.Aggregate(TimeSpan.Zero, (sum, delay) => sum + delay).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(2));
        host.Time.Delays.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task AStreamThatBreaksAfterCompleteCalls_IsRepeatedAsAWhole_AndNobodySawThoseCalls()
    {
        await using var host = new ModelHost("""{"go": [{"calls": [{"name": "run_command", "arguments": {"command": "make"}}]}]}""");
        host.Server.Inject(new ModelFault { CutAfterEvents = 2 });

        var response = await host.AskAsync("go");

        response.Messages.SelectMany(message => message.Contents.OfType<FunctionCallContent>()).Count().ShouldBe(1);
        host.Server.ChatRequests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task AStreamThatBreaksAfterItsLastWord_IsAnAnswer()
    {
        await using var host = new ModelHost();

        // Role, text, reason: only the usage and the end mark are missing.
        host.Server.Inject(new ModelFault { CutAfterEvents = 3 });

        var response = await host.AskAsync();

        response.Text.ShouldBe("fine");
        response.AdditionalProperties![AgentChat.UsageEstimatedKey].ShouldBe(true);
        host.Server.ChatRequests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task StreamingCallers_GetTheAnswerThatCameThrough()
    {
        await using var host = new ModelHost();
        host.Server.Inject(new ModelFault { CutAfterEvents = 2 });
        using var client = await host.Gateway.ForTaskAsync(host.Settings, "m1", host.Timeout);

        var text = string.Empty;
        await foreach (var update in client.GetStreamingResponseAsync([new ChatMessage(ChatRole.User, "hi")], null, host.Timeout))
        {
            text += update.Text;
        }

        text.ShouldBe("fine");
    }

    [Fact]
    public async Task NoMoreRequestsAreUnderWay_ThanThePoolHolds()
    {
        await using var host = new ModelHost(options: new ModelGatewayOptions { MaxConcurrentRequests = 2 });
        host.Server.Usual = new ModelFault { Hold = true };

        var asking = Enumerable.Range(0, 4).Select(_ => host.AskAsync()).ToList();
        var first = await host.Server.WaitForChatRequestAsync(1, host.Timeout);
        var second = await host.Server.WaitForChatRequestAsync(2, host.Timeout);
        first.Release();
        var third = await host.Server.WaitForChatRequestAsync(3, host.Timeout);
        host.Server.ChatRequests.Count.ShouldBe(3);
        second.Release();
        var fourth = await host.Server.WaitForChatRequestAsync(4, host.Timeout);
        third.Release();
        fourth.Release();
        await Task.WhenAll(asking);

        third.ArrivedAt.ShouldBeGreaterThan(first.AnsweredAt - TimeSpan.TicksPerMillisecond);
        fourth.ArrivedAt.ShouldBeGreaterThan(Math.Min(second.AnsweredAt, third.AnsweredAt) - TimeSpan.TicksPerMillisecond);
    }

    [Fact]
    public async Task ATaskThatWaitsForItsNextAttempt_LeavesItsPlace()
    {
        var options = new ModelGatewayOptions { MaxConcurrentRequests = 1, FirstDelay = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromHours(1), MaxRetryTime = TimeSpan.FromDays(1) };
        await using var host = new ModelHost(options: options, time: TimeProvider.System);
        host.Server.Inject(new ModelFault { Status = 503 });
        using var cancel = new CancellationTokenSource();

        var waiting = host.AskAsync(cancellationToken: cancel.Token);
        var first = await host.Server.WaitForChatRequestAsync(1, host.Timeout);
        await first.Ended.WaitAsync(host.Timeout);

        (await host.AskAsync()).Text.ShouldBe("fine");
        waiting.IsCompleted.ShouldBeFalse();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
    }
}
