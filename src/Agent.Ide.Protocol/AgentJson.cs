using System.Text.Json.Serialization;
using Agent.Ide.Protocol.Models;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Setup;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Protocol;

/// <summary>JSON of the <c>agent/*</c> messages: camel case, absent instead of null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(AgentTask))]
[JsonSerializable(typeof(AttachParams))]
[JsonSerializable(typeof(AttachResult))]
[JsonSerializable(typeof(CreateTaskParams))]
[JsonSerializable(typeof(TaskListResult))]
[JsonSerializable(typeof(TaskIdParams))]
[JsonSerializable(typeof(DiscardParams))]
[JsonSerializable(typeof(TaskDetails))]
[JsonSerializable(typeof(MessageParams))]
[JsonSerializable(typeof(RollbackParams))]
[JsonSerializable(typeof(ForkParams))]
[JsonSerializable(typeof(ResumeCommitParams))]
[JsonSerializable(typeof(ApprovalResponseParams))]
[JsonSerializable(typeof(StandingApprovalsResult))]
[JsonSerializable(typeof(RevokeApprovalsParams))]
[JsonSerializable(typeof(TaskChangedParams))]
[JsonSerializable(typeof(StepAppendedParams))]
[JsonSerializable(typeof(ApprovalRequestedParams))]
[JsonSerializable(typeof(EmptyParams))]
[JsonSerializable(typeof(EmptyResult))]
[JsonSerializable(typeof(DiffParams))]
[JsonSerializable(typeof(DiffResult))]
[JsonSerializable(typeof(PatchParams))]
[JsonSerializable(typeof(PatchResult))]
[JsonSerializable(typeof(AcceptParams))]
[JsonSerializable(typeof(AcceptResult))]
[JsonSerializable(typeof(TaskConflictsParams))]
[JsonSerializable(typeof(TaskConflictsResult))]
[JsonSerializable(typeof(ConflictTextsParams))]
[JsonSerializable(typeof(ConflictTextsResult))]
[JsonSerializable(typeof(ConflictsResult))]
[JsonSerializable(typeof(ContentParams))]
[JsonSerializable(typeof(ContentResult))]
[JsonSerializable(typeof(DoctorResult))]
[JsonSerializable(typeof(TrustParams))]
[JsonSerializable(typeof(TrustResult))]
[JsonSerializable(typeof(WorktreesResult))]
[JsonSerializable(typeof(PruneParams))]
[JsonSerializable(typeof(PruneResult))]
[JsonSerializable(typeof(CoordinatorStatus))]
[JsonSerializable(typeof(EditorModelsResult))]
[JsonSerializable(typeof(ModelChatParams))]
[JsonSerializable(typeof(ModelChatResult))]
[JsonSerializable(typeof(ModelProgressParams))]
[JsonSerializable(typeof(AgentError))]
public sealed partial class AgentJson : JsonSerializerContext;
