using Agent.Ide.Coordinator.Conversations;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Supervision;

/// <summary>
/// A task's log that keeps the task's notes up to date: beside the agent's work, never holding a step up, and for certain before
/// the task is seen to rest.
/// </summary>
internal sealed class RecordedLog : ITaskLog, IAsyncDisposable
{
    private readonly ITaskLog _log;
    private readonly ConversationRecorder _recorder;
    private readonly Lock _gate = new();
    private Task _writing;
    private bool _isWriting = true;
    private bool _isBehind;

    /// <param name="log">The log.</param>
    /// <param name="recorder">Not owned.</param>
    public RecordedLog(ITaskLog log, ConversationRecorder recorder)
    {
        _log = log;
        _recorder = recorder;

        // At once: what an earlier process left unwritten, or inherited, must not wait for the next step.
        _writing = Task.Run(WriteAsync, CancellationToken.None);
    }

    public TaskSnapshot Snapshot => _log.Snapshot;

    public async Task<TaskSnapshot> AppendAsync(TaskEvent entry, CancellationToken cancellationToken)
    {
        if (entry is TaskStateChanged { To: not (TaskState.Running or TaskState.Preparing) })
        {
            await _recorder.CatchUpAsync(atRest: true, CancellationToken.None);
        }

        var snapshot = await _log.AppendAsync(entry, cancellationToken);
        if (entry is StepFinished { Commit: not null })
        {
            lock (_gate)
            {
                _isBehind = true;
                if (!_isWriting)
                {
                    _isWriting = true;
                    _writing = Task.Run(WriteAsync, CancellationToken.None);
                }
            }
        }

        return snapshot;
    }

    public async ValueTask DisposeAsync()
    {
        await _writing;
        await _recorder.CatchUpAsync(atRest: true, CancellationToken.None);
    }

    private async Task WriteAsync()
    {
        do
        {
            await _recorder.CatchUpAsync(atRest: false, CancellationToken.None);
        }
        while (HasMore());
    }

    /// <summary>Whether a step was made meanwhile; where not, the next one starts the writing again.</summary>
    private bool HasMore()
    {
        lock (_gate)
        {
            _isWriting = _isBehind;
            _isBehind = false;
            return _isWriting;
        }
    }
}
