using System.Collections;
using Agent.Ide.Git.Merging.Accept;

namespace Agent.Ide.Testing.Repositories;

/// <summary>Every stage at which a test can end an accept as a crash would, for a theory each.</summary>
public sealed class AcceptStages : IEnumerable<object[]>
{
    public IEnumerator<object[]> GetEnumerator() => Enum.GetValues<AcceptStage>().Select(stage => new object[] { stage }).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
