using Agent.Ide.Coordinator.Hosting;

namespace Agent.Ide.LanguageServer.Features.Settings;

/// <summary>Which messages about tasks a person is sent unasked.</summary>
public enum NotificationsWanted
{
    /// <summary>When a task needs an answer, is ready, or failed.</summary>
    All,

    /// <summary>Only when a task needs an answer.</summary>
    Questions,

    None,
}

/// <summary>What the editor's own configuration says, for one session.</summary>
/// <param name="Tasks">What its new tasks are like where they do not say so themselves.</param>
public sealed record EditorSettings(NotificationsWanted Notifications, TaskDefaults Tasks)
{
    public static EditorSettings Default { get; } = new(NotificationsWanted.All, TaskDefaults.None);
}
