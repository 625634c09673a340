using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Agent.Ide.Protocol.Tests.TypeScript;

/// <summary>
/// The records of the <c>agent/*</c> messages as TypeScript: one interface each, members as they stand in the JSON, optional where
/// null is left out. Reflection, because it is the one thing that knows what may be null.
/// </summary>
internal sealed class TypeScriptProtocol
{
    private readonly NullabilityInfoContext _nullability = new();
    private readonly SortedDictionary<string, Type> _records = new(StringComparer.Ordinal);

    public static string Write()
    {
        var writer = new TypeScriptProtocol();
        foreach (var attribute in typeof(AgentJson).GetCustomAttributesData().Where(static data => data.AttributeType == typeof(JsonSerializableAttribute)))
        {
            writer.Collect((Type)attribute.ConstructorArguments[0].Value!);
        }

        var text = new StringBuilder();
        text.Append("// Generated from the C# records of Agent.Ide.Protocol; a test fails when it is stale. Do not edit:\n");
        text.Append("// AGENT_IDE_UPDATE_GENERATED=1 dotnet test tests/Agent.Ide.Protocol.Tests --filter TypeScript\n\n");
        WriteMethods(text);
        foreach (var (name, type) in writer._records)
        {
            writer.WriteInterface(text, name, type);
        }

        return text.ToString();
    }

    private static void WriteMethods(StringBuilder text)
    {
        var constants = typeof(AgentMethods).GetFields(BindingFlags.Public | BindingFlags.Static).Where(static field => field.IsLiteral).ToArray();
        text.Append("export const protocolVersion = ").Append(AgentMethods.ProtocolVersion).Append(";\n\nexport const maxMessageBytes = ").Append(AgentMethods.MaxMessageBytes).Append(";\n\nexport const methods = {\n");
        foreach (var field in constants.Where(static field => field.FieldType == typeof(string)))
        {
            text.Append("  ").Append(JsonNamingPolicy.CamelCase.ConvertName(field.Name)).Append(": '").Append((string)field.GetRawConstantValue()!).Append("',\n");
        }

        text.Append("} as const;\n");
    }

    private void WriteInterface(StringBuilder text, string name, Type type)
    {
        text.Append("\nexport interface ").Append(name).Append(" {\n");
        foreach (var property in PropertiesOf(type))
        {
            var isOptional = _nullability.Create(property).ReadState == NullabilityState.Nullable
                || Nullable.GetUnderlyingType(property.PropertyType) is not null
                || (type.Name.EndsWith("Params", StringComparison.Ordinal) && HasDefault(type, property));
            text.Append("  readonly ").Append(NameOf(property)).Append(isOptional ? "?: " : ": ").Append(NameOf(property.PropertyType)).Append(";\n");
        }

        text.Append("}\n");
    }

    /// <summary>What a client may leave out of a request.</summary>
    private static bool HasDefault(Type type, PropertyInfo property)
    {
        var parameter = type.GetConstructors().SelectMany(static constructor => constructor.GetParameters()).FirstOrDefault(candidate => candidate.Name == property.Name);
        return parameter?.HasDefaultValue ?? property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is null;
    }

    private void Collect(Type type)
    {
        var element = ElementOf(type);
        if (element is not null)
        {
            Collect(element);
        }
        else if (IsRecord(type) && _records.TryAdd(type.Name, type))
        {
            foreach (var property in PropertiesOf(type))
            {
                Collect(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
            }
        }
    }

    private static IEnumerable<PropertyInfo> PropertiesOf(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(static property => property.GetCustomAttribute<JsonIgnoreAttribute>() is null && property.GetMethod is { IsStatic: false })
        .OrderBy(static property => property.MetadataToken);

    private static string NameOf(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    private static bool IsRecord(Type type) => type.Namespace?.StartsWith("Agent.Ide.Protocol", StringComparison.Ordinal) == true;

    private static Type? ElementOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    private static string NameOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (ElementOf(type) is { } element)
        {
            return $"readonly {NameOf(element)}[]";
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            return $"Readonly<Record<string, {NameOf(type.GetGenericArguments()[1])}>>";
        }

        return type switch
        {
            _ when type == typeof(string) || type == typeof(DateTimeOffset) => "string",
            _ when type == typeof(bool) => "boolean",
            _ when type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(decimal) => "number",
            _ when type == typeof(JsonElement) => "unknown",
            _ when IsRecord(type) => type.Name,
            _ => throw new InvalidOperationException($"{type} has no TypeScript form yet: add it here."),
        };
    }
}
