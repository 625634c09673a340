using Xunit;

namespace Agent.Ide.Testing.Machines;

/// <summary>A test that is skipped, with the reason, where the machine lacks something; it must not pass by doing nothing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(params Need[] needs)
    {
        Skip = Needs.Missing(needs);
    }
}

/// <inheritdoc cref="NeedsFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsTheoryAttribute : TheoryAttribute
{
    public NeedsTheoryAttribute(params Need[] needs)
    {
        Skip = Needs.Missing(needs);
    }
}
