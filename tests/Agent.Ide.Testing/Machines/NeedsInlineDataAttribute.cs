using System.Reflection;
using Xunit.Sdk;

namespace Agent.Ide.Testing.Machines;

/// <summary>A theory's row that is skipped, with the reason, where the machine lacks something.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class NeedsInlineDataAttribute : DataAttribute
{
    private readonly object[] _row;

    public NeedsInlineDataAttribute(Need need, params object[] row)
    {
        _row = row;
        Skip = Needs.Missing(need);
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [_row];
}
