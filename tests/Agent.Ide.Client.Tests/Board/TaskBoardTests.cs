using Agent.Ide.Client.Board;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Coordinators;

namespace Agent.Ide.Client.Tests.Board;

public sealed class TaskBoardTests
{
    private readonly TaskBoard _board = new();

    [Fact]
    public void ASnapshotWithAHigherNumberWins_WhateverTheOrderOfArrival()
    {
        _board.Apply(new TaskChangedParams(FakeTask.Create("a", "readyForReview"), 7)).Count.ShouldBe(1);

        _board.Apply(new TaskChangedParams(FakeTask.Create("a", "running"), 5)).ShouldBeEmpty();
        _board.Apply(new AttachResult([FakeTask.Create("a", "queued")], 6, "1", [])).ShouldBeEmpty();

        _board.Find("a")!.State.ShouldBe("readyForReview");
        _board.Seq.ShouldBe(7);
    }

    [Fact]
    public void AStep_IsToldOnce_HoweverOftenItArrives()
    {
        _board.Apply(new StepAppendedParams("a", FakeTask.Step(1), 3)).Count.ShouldBe(1);

        _board.Apply(new StepAppendedParams("a", FakeTask.Step(1), 3)).ShouldBeEmpty();
        _board.Apply(new TaskDetails(FakeTask.Create("a", steps: 1), [FakeTask.Step(1)])).ShouldBeEmpty();

        _board.StepsOf("a").Count.ShouldBe(1);
    }

    [Fact]
    public void ARollback_ForgetsTheUndoneSteps_AndTheirNumbersAreToldAnew()
    {
        _board.Apply(new StepAppendedParams("a", FakeTask.Step(1), 1));
        _board.Apply(new StepAppendedParams("a", FakeTask.Step(2), 2));

        _board.Apply(new TaskChangedParams(FakeTask.Create("a", steps: 1), 3));
        _board.StepsOf("a").Select(step => step.Number).ShouldBe([1]);

        var again = FakeTask.Step(2, "write_file") with { StartedAt = FakeTask.Start.AddMinutes(1) };
        _board.Apply(new StepAppendedParams("a", again, 4)).ShouldHaveSingleItem().ShouldBeOfType<StepChange>().Step.Tool.ShouldBe("write_file");
    }

    [Fact]
    public void ASnapshotOlderThanAStep_DoesNotTakeTheStepAway()
    {
        _board.Apply(new StepAppendedParams("a", FakeTask.Step(1), 5));

        _board.Apply(new TaskChangedParams(FakeTask.Create("a", steps: 0), 4));

        _board.StepsOf("a").Count.ShouldBe(1);
    }

    [Fact]
    public void Tasks_AreListedNewestFirst()
    {
        var old = FakeTask.Create("old");
        var young = FakeTask.Create("young") with { CreatedAt = FakeTask.Start.AddHours(1) };

        _board.Apply(new AttachResult([old, young], 1, "1", []));

        _board.Tasks.Select(task => task.Id).ShouldBe(["young", "old"]);
    }
}
