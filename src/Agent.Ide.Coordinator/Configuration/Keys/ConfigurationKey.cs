using Agent.Ide.Coordinator.Configuration.Yaml;

namespace Agent.Ide.Coordinator.Configuration.Keys;

/// <summary>One key of the configuration, whatever the type of its value.</summary>
internal abstract class ConfigurationKey(string path)
{
    /// <summary>Below <c>agent_session</c>, with dots: <c>worktree.max_concurrent</c>.</summary>
    public string Path { get; } = path;

    public abstract string Allowed { get; }

    public abstract string DefaultText { get; }

    public abstract string TrustText { get; }

    public abstract bool IsText { get; }

    public bool IsBuilt { get; } = Array.IndexOf(NotBuiltYet.Keys, path) < 0;

    public abstract object? DefaultValue { get; }

    /// <param name="problem">One line with what was found and what is allowed.</param>
    public abstract bool TryRead(YamlNode node, out object? value, out string problem);

    public abstract bool NeedsTrust(object? candidate, object? current, bool currentIsTheUsers);

    public abstract string Format(object? value);
}

/// <inheritdoc/>
internal sealed class ConfigurationKey<T>(string path, T defaultValue, ValueKind<T> kind, TrustRule<T> trust) : ConfigurationKey(path)
{
    public override string Allowed => kind.Allowed;

    public override string DefaultText => kind.Format(defaultValue);

    public override string TrustText => trust.Description;

    public override bool IsText => kind.IsText;

    public override object? DefaultValue => defaultValue;

    public override bool TryRead(YamlNode node, out object? value, out string problem)
    {
        var valid = kind.TryRead(node, out var typed, out problem);
        value = typed;
        if (!valid)
        {
            problem = $"{problem}; allowed: {kind.Allowed}";
        }
        else if (!IsBuilt && kind.Format(typed) != DefaultText)
        {
            problem = $"{Printable.Text(kind.Format(typed))} is not built yet; only the default {DefaultText} is accepted";
            valid = false;
        }

        return valid;
    }

    public override bool NeedsTrust(object? candidate, object? current, bool currentIsTheUsers) =>
        kind.Format((T)candidate!) != kind.Format((T)current!) && trust.Applies((T)candidate!, (T)current!, currentIsTheUsers);

    public override string Format(object? value) => kind.Format((T)value!);
}
