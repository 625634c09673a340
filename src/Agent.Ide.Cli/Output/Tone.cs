namespace Agent.Ide.Cli.Output;

/// <summary>What a piece of text says by its colour. Never the only carrier of the meaning.</summary>
internal enum Tone
{
    Plain,
    Good,
    Bad,
    Attention,
    Active,
    Faint,
    Strong,
}
