using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Ide.Core.Tools;

/// <summary>
/// Generates a tool's JSON schema from its parameter record. What comes out is the subset that
/// <see cref="ToolArgumentsValidator"/> knows: <c>type</c> (a single one), <c>enum</c>, <c>minimum</c>, <c>maximum</c>,
/// <c>items</c>, <c>properties</c>, <c>required</c>, <c>additionalProperties: false</c> and <c>description</c>. Every
/// character is sent with every request, so an optional property is plainly typed and simply not required.
/// </summary>
internal static class ToolSchemas
{
    private static readonly JsonSchemaExporterOptions Options = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Slim,
    };

    public static JsonElement Generate(JsonTypeInfo arguments)
    {
        var node = JsonSchemaExporter.GetJsonSchemaAsNode(arguments, Options);
        using var document = JsonDocument.Parse(node.ToJsonString());
        return document.RootElement.Clone();
    }

    private static JsonNode Slim(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject node)
        {
            return schema;
        }

        node.Remove("default");
        if (node["type"] is JsonArray union)
        {
            node["type"] = union.First(type => (string?)type != "null")!.DeepClone();
        }

        if (node["enum"] is JsonArray values)
        {
            node["type"] = "string";
            for (var i = values.Count - 1; i >= 0; i--)
            {
                if (values[i] is null)
                {
                    values.RemoveAt(i);
                }
            }
        }

        if (context.PropertyInfo?.AttributeProvider is { } attributes)
        {
            Describe(node, attributes);
        }

        return node;
    }

    private static void Describe(JsonObject node, ICustomAttributeProvider attributes)
    {
        foreach (var attribute in attributes.GetCustomAttributes(inherit: false))
        {
            switch (attribute)
            {
                case DescriptionAttribute description:
                    node["description"] = description.Description;
                    break;
                case RangeAttribute { Minimum: int minimum, Maximum: int maximum }:
                    node["minimum"] = minimum;
                    if (maximum != int.MaxValue)
                    {
                        node["maximum"] = maximum;
                    }

                    break;
                default:
                    break;
            }
        }
    }
}
