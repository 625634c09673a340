using System.Globalization;
using Agent.Ide.Coordinator.Configuration.Yaml;

namespace Agent.Ide.Coordinator.Configuration.Keys;

/// <summary>What a key's value may be: how it is read, what is allowed, how it is shown.</summary>
internal abstract class ValueKind<T>
{
    /// <summary>The allowed values as a message and the documentation name them.</summary>
    public abstract string Allowed { get; }

    /// <summary>A text stands for itself in an environment variable; everything else is YAML there.</summary>
    public virtual bool IsText => false;

    /// <param name="problem">What is wrong, without the allowed values; a sentence that starts with "found" or "is".</param>
    public abstract bool TryRead(YamlNode node, out T value, out string problem);

    public abstract string Format(T value);

    /// <summary>Names a value that does not fit.</summary>
    protected static string Found(YamlNode node) => node switch
    {
        YamlScalar { IsNull: true } => "found nothing",
        YamlScalar { IsPlain: true } scalar => $"found {Printable.Text(scalar.Text)}",
        YamlScalar scalar => $"found the text \"{Printable.Text(scalar.Text)}\"",
        YamlSequence => "found a list",
        _ => "found a mapping",
    };
}

internal sealed class WholeNumber(int minimum, int maximum) : ValueKind<int>
{
    public override string Allowed => string.Create(CultureInfo.InvariantCulture, $"a whole number from {minimum} to {maximum}");

    public override bool TryRead(YamlNode node, out int value, out string problem)
    {
        value = 0;
        problem = Found(node);
        return node is YamlScalar { IsPlain: true } scalar
            && int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            && value >= minimum && value <= maximum;
    }

    public override string Format(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A whole number, or a word that stands for "no number".</summary>
internal sealed class WholeNumberOr(string word, int minimum, int maximum) : ValueKind<int?>
{
    private readonly WholeNumber _number = new(minimum, maximum);

    public override string Allowed => $"{word}, or {_number.Allowed}";

    public override bool TryRead(YamlNode node, out int? value, out string problem)
    {
        value = null;
        problem = string.Empty;
        if (node is YamlScalar scalar && scalar.Text == word)
        {
            return true;
        }

        var valid = _number.TryRead(node, out var number, out problem);
        value = number;
        return valid;
    }

    public override string Format(int? value) => value is { } number ? _number.Format(number) : word;
}

/// <summary>A number above 0 up to a maximum.</summary>
internal sealed class PositiveNumber(double maximum) : ValueKind<double>
{
    public override string Allowed => string.Create(CultureInfo.InvariantCulture, $"a number above 0 and at most {maximum}");

    public override bool TryRead(YamlNode node, out double value, out string problem)
    {
        value = 0;
        problem = Found(node);
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return node is YamlScalar { IsPlain: true } scalar
            && double.TryParse(scalar.Text, Style, CultureInfo.InvariantCulture, out value)
            && value > 0 && value <= maximum;
    }

    public override string Format(double value) => value.ToString(CultureInfo.InvariantCulture);
}

internal sealed class Truth : ValueKind<bool>
{
    public override string Allowed => "true, false";

    public override bool TryRead(YamlNode node, out bool value, out string problem)
    {
        problem = Found(node);
        var text = node is YamlScalar { IsPlain: true } scalar ? scalar.Text : string.Empty;
        value = text is "true" or "True" or "TRUE";
        return value || text is "false" or "False" or "FALSE";
    }

    public override string Format(bool value) => value ? "true" : "false";
}

/// <summary>One of a few names; those not built yet are known and refused as such.</summary>
internal sealed class OneOf<T>(params (string Name, T Value)[] names) : ValueKind<T>
    where T : struct, Enum
{
    /// <summary>Names that are understood but refused, from <see cref="NotBuiltYet"/>.</summary>
    public string[] Unbuilt { get; init; } = [];

    public override string Allowed => string.Join(", ", Built());

    public override bool TryRead(YamlNode node, out T value, out string problem)
    {
        value = default;
        problem = Found(node);
        if (node is not YamlScalar scalar)
        {
            return false;
        }

        foreach (var (name, candidate) in names)
        {
            if (name == scalar.Text)
            {
                value = candidate;
                problem = $"{name} is not built yet";
                return Array.IndexOf(Unbuilt, name) < 0;
            }
        }

        if (Suggestion.For(scalar.Text, Built()) is { } near)
        {
            problem += $" (did you mean {near}?)";
        }

        return false;
    }

    public override string Format(T value)
    {
        foreach (var (name, candidate) in names)
        {
            if (EqualityComparer<T>.Default.Equals(candidate, value))
            {
                return name;
            }
        }

        return value.ToString();
    }

    private IEnumerable<string> Built()
    {
        foreach (var (name, _) in names)
        {
            if (Array.IndexOf(Unbuilt, name) < 0)
            {
                yield return name;
            }
        }
    }
}

/// <summary>A value of another kind that may be absent.</summary>
/// <param name="acceptsNull">False: only a layer that says nothing leaves it absent.</param>
internal sealed class Optional<T>(ValueKind<T> kind, bool acceptsNull) : ValueKind<T?>
    where T : struct
{
    public override string Allowed => acceptsNull ? $"null, or {kind.Allowed}" : kind.Allowed;

    public override bool TryRead(YamlNode node, out T? value, out string problem)
    {
        value = null;
        problem = string.Empty;
        if (acceptsNull && node is YamlScalar { IsNull: true })
        {
            return true;
        }

        var valid = kind.TryRead(node, out var present, out problem);
        value = present;
        return valid;
    }

    public override string Format(T? value) => value is { } present ? kind.Format(present) : "null";
}

/// <summary>A list of command lines.</summary>
internal sealed class Commands : ValueKind<IReadOnlyList<string>>
{
    private const int MaxCommands = 50;
    private const int MaxLength = 4096;

    public override string Allowed => $"a list of at most {MaxCommands} command lines";

    public override bool TryRead(YamlNode node, out IReadOnlyList<string> value, out string problem)
    {
        var commands = new List<string>();
        value = commands;
        problem = Found(node);
        if (node is YamlScalar { IsNull: true })
        {
            return true;
        }

        if (node is not YamlSequence sequence || sequence.Items.Count > MaxCommands)
        {
            return false;
        }

        foreach (var item in sequence.Items)
        {
            if (item is not YamlScalar { IsNull: false } scalar || scalar.Text.Length > MaxLength || string.IsNullOrWhiteSpace(scalar.Text))
            {
                problem = $"{Found(item)} in the list";
                return false;
            }

            commands.Add(scalar.Text);
        }

        return true;
    }

    public override string Format(IReadOnlyList<string> value) => $"[{string.Join(", ", value.Select(Quote))}]";

    private static string Quote(string command) => $"\"{Printable.WholeText(command)}\"";
}
