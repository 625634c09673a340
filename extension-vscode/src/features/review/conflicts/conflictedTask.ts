import type { Repositories } from '../../../infrastructure/repositories';
import { RequestFailed } from '../../../infrastructure/requests';
import type { AgentTask } from '../../../protocol.generated';
import type { BegunResolution } from './begunResolution';

/**
 * The task that a conflict is of, as it is now.
 *
 * @throws RequestFailed where its repository was closed, or its log is gone.
 */
export function conflictedTask(repositories: Pick<Repositories, 'find'>, { id, worktree }: Pick<BegunResolution, 'id' | 'worktree'>): AgentTask {
  const task = repositories.find(id, worktree);
  if (task === undefined) throw new RequestFailed('The task of this conflict is not known here any more.', 'unknownTask', 'Open its repository again.');
  return task;
}
