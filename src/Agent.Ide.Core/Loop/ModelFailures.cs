using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Loop;

/// <summary>
/// The model gateway gave up on a request, retries included. <see cref="Error"/> is ready to be shown. What can be
/// handed back to the model instead (an answer that is no valid JSON) has <see cref="CanAskAgain"/> set.
/// </summary>
public sealed class ModelRequestException : Exception
{
    public ModelRequestException(TaskError error, bool canAskAgain = false, Exception? inner = null)
        : base(error.Message, inner)
    {
        Error = error;
        CanAskAgain = canAskAgain;
    }

    /// <summary>
    /// Codes: <c>modelUnreachable</c>, <c>modelUnauthorized</c>, <c>modelNotFound</c>, <c>contextTooLong</c>, <c>rateLimited</c>,
    /// <c>modelServerError</c>, <c>streamBroken</c>, <c>invalidAnswer</c>, <c>answerTooLarge</c>, <c>requestRejected</c>.
    /// </summary>
    public TaskError Error { get; }

    public bool CanAskAgain { get; }
}
