using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Ide.JsonRpc;

/// <summary>
/// Stands for parameters or a result that a method does not have (LSP's <c>shutdown</c>): parameters are left out, a result
/// is <c>null</c>; whatever a peer sends instead is ignored.
/// </summary>
public sealed class RpcEmpty
{
    private RpcEmpty()
    {
    }

    public static RpcEmpty Value { get; } = new();

    public static JsonTypeInfo<RpcEmpty> TypeInfo { get; } = CreateTypeInfo();

    private static JsonTypeInfo<RpcEmpty> CreateTypeInfo()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = JsonTypeInfoResolver.Combine() };
        var info = JsonMetadataServices.CreateValueInfo<RpcEmpty>(options, new Converter());
        options.MakeReadOnly();
        return info;
    }

    private sealed class Converter : JsonConverter<RpcEmpty>
    {
        public override bool HandleNull => true;

        public override RpcEmpty Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return Value;
        }

        public override void Write(Utf8JsonWriter writer, RpcEmpty value, JsonSerializerOptions options) => writer.WriteNullValue();
    }
}
