using System.Text.Json;
using Agent.Ide.Coordinator.Hosting;

namespace Agent.Ide.LanguageServer.Features.Settings;

/// <summary>Reads the section <see cref="Section"/> of an editor's configuration. Never fails: a bad value is a problem to tell, and the default holds.</summary>
public static class EditorSettingsReader
{
    public const string Section = "agentIde";

    private const string Notifications = "notifications";
    private const string Model = "model";
    private const string IncludeUncommitted = "includeUncommitted";

    /// <summary>Of the extension alone, which finds the server by it; the section comes whole from there.</summary>
    private const string Server = "server";
    private const string Trace = "trace";

    private const int MostValueCharacters = 60;

    /// <param name="section">Null where the editor has none; so is an empty array, as which some languages write an empty table.</param>
    public static (EditorSettings Settings, IReadOnlyList<string> Problems) Read(JsonElement? section)
    {
        var problems = new List<string>();
        if (section is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } given || given is { ValueKind: JsonValueKind.Array } && given.GetArrayLength() == 0)
        {
            return (EditorSettings.Default, problems);
        }

        if (given.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{Section} in your editor's configuration is {Shown(given)}: it has to be an object of settings. The defaults are used instead.");
            return (EditorSettings.Default, problems);
        }

        if (!IsText(given))
        {
            problems.Add($"{Section} in your editor's configuration holds half of a character, so it cannot be read. The defaults are used instead.");
            return (EditorSettings.Default, problems);
        }

        var (notifications, tasks) = EditorSettings.Default;
        foreach (var setting in given.EnumerateObject())
        {
            switch (setting.Name)
            {
                case Notifications:
                    notifications = NotificationsOf(setting.Value, problems);
                    break;
                case Model:
                    tasks = tasks with { Model = ModelOf(setting.Value, problems) };
                    break;
                case IncludeUncommitted:
                    tasks = tasks with { IncludeUncommitted = IncludeUncommittedOf(setting.Value, problems) };
                    break;
                case Server or Trace:
                    break;
                default:
                    problems.Add($"There is no setting {Section}.{setting.Name}; there are {Notifications}, {Model} and {IncludeUncommitted}. It is ignored.");
                    break;
            }
        }

        return (new EditorSettings(notifications, tasks), problems);
    }

    /// <summary>Escaped halves of characters (<c>\ud800</c>) are JSON, and no text: whoever reads one as text fails.</summary>
    private static bool IsText(JsonElement section)
    {
        try
        {
            foreach (var setting in section.EnumerateObject())
            {
                _ = (setting.Name, setting.Value.ValueKind == JsonValueKind.String ? setting.Value.GetString() : null);
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static NotificationsWanted NotificationsOf(JsonElement value, List<string> problems)
    {
        switch (value.ValueKind == JsonValueKind.String ? value.GetString() : null)
        {
            case "all":
                return NotificationsWanted.All;
            case "questions":
                return NotificationsWanted.Questions;
            case "none":
                return NotificationsWanted.None;
            default:
                if (value.ValueKind != JsonValueKind.Null)
                {
                    problems.Add(Wrong(Notifications, value, "all, questions or none", "all"));
                }

                return NotificationsWanted.All;
        }
    }

    /// <summary>An empty text says nothing: so does VS Code show a setting that is not set.</summary>
    private static string? ModelOf(JsonElement value, List<string> problems)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                var name = value.GetString()!.Trim();
                return name.Length == 0 ? null : name;
            case JsonValueKind.Null:
                return null;
            default:
                problems.Add(Wrong(Model, value, "the name of a model", "what the repository's configuration says"));
                return null;
        }
    }

    private static bool? IncludeUncommittedOf(JsonElement value, List<string> problems)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.True or JsonValueKind.False:
                return value.GetBoolean();
            case JsonValueKind.Null:
                return null;
            default:
                problems.Add(Wrong(IncludeUncommitted, value, "true or false", "what the repository's configuration says"));
                return null;
        }
    }

    private static string Wrong(string key, JsonElement value, string wanted, string used) =>
        $"{Section}.{key} in your editor's configuration is {Shown(value)}: it has to be {wanted}. Until it is, {used} is used.";

    private static string Shown(JsonElement value)
    {
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length <= MostValueCharacters ? text : text[..MostValueCharacters] + "…";
    }
}
