using System.Text.Json;

namespace Agent.Ide.Protocol.Lsp;

/// <summary><c>workspace/didChangeConfiguration</c></summary>
/// <param name="Settings">All of the client's, or those of the sections it was asked for; null where it expects to be asked.</param>
public sealed record DidChangeConfigurationParams(JsonElement? Settings = null);

/// <summary><c>workspace/configuration</c>, answered with one value per item.</summary>
public sealed record ConfigurationParams(IReadOnlyList<ConfigurationItem> Items);

/// <param name="ScopeUri">The folder that the settings are to hold for.</param>
public sealed record ConfigurationItem(string ScopeUri, string Section);

/// <summary><c>client/registerCapability</c></summary>
public sealed record RegistrationParams(IReadOnlyList<Registration> Registrations);

/// <param name="Id">Names the registration on this connection.</param>
public sealed record Registration(string Id, string Method, SectionRegistrationOptions RegisterOptions);

/// <param name="Section">Only changes of this section are of interest.</param>
public sealed record SectionRegistrationOptions(string Section);
