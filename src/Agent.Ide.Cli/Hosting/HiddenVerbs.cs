namespace Agent.Ide.Cli.Hosting;

/// <summary>The verbs that processes of the product start each other with. Not for people, so not in the help.</summary>
internal static class HiddenVerbs
{
    /// <summary><c>coordinator serve --common-dir DIR</c></summary>
    public const string Serve = "serve";

    public const string CommonDirectory = "--common-dir";
}
