import * as vscode from 'vscode';
import type { Coordinator } from '../../../infrastructure/coordinator';
import { choose, showInformation, showWarning } from '../../../infrastructure/messages';
import type { Repositories } from '../../../infrastructure/repositories';
import { RequestFailed } from '../../../infrastructure/requests';
import { guarded } from '../../../infrastructure/tell';
import { methods, type AcceptResult, type AgentTask, type ConflictedFile, type ConflictTextsResult, type TaskConflictsResult } from '../../../protocol.generated';
import { accept } from '../accept';
import { hasEnded, type CurrentReview } from '../review';
import { bytesOf, decisions, folderName, hasMark, hasMarkers, hasOneLineEnd, isAbout, textOf, untouched, type BegunResolution, type Part, type Sides } from './begunResolution';
import type { BegunResolutions } from './begunResolutions';
import { sideUri } from './conflictDocuments';
import { conflictedTask } from './conflictedTask';

/** Milliseconds; 30 days, as the coordinator keeps what was discarded. */
const keptFor = 30 * 24 * 3600 * 1000;

interface ConflictTexts {
  readonly texts: ReadonlyMap<string, ConflictTextsResult>;
  /** By their paths. */
  readonly reasons: ReadonlyMap<string, string>;
}

/**
 * Resolve Conflict: the merge editor on each file that can be merged line by line, a choice of side for each other one, and then an
 * accept with what was decided. Results are files of the extension's own; the user's checkout never has a conflict in it.
 */
export class ConflictResolver implements vscode.Disposable {
  readonly #repositories: Repositories;
  readonly #review: CurrentReview;
  readonly #begun: BegunResolutions;
  readonly #storage: vscode.Uri;
  readonly #listening: vscode.Disposable;
  /** Results whose merge editor was closed since somebody began, or went on, to resolve. */
  readonly #seen = new Set<string>();

  /** @param storage where results are kept; the workspace's own. */
  constructor(repositories: Repositories, review: CurrentReview, begun: BegunResolutions, storage: vscode.Uri, log: vscode.LogOutputChannel) {
    this.#repositories = repositories;
    this.#review = review;
    this.#begun = begun;
    this.#storage = storage;
    const closing = vscode.window.tabGroups.onDidChangeTabs(({ closed }) => void guarded(log, () => this.#goOnAfter(closed)));
    const stop = repositories.onTasks(() => void guarded(log, () => this.#forgetMerged()));
    this.#listening = vscode.Disposable.from(closing, { dispose: stop });
  }

  /** Results stay for as long as discarded work does, so that what was decided once is not to be decided again. */
  async cleanUp(now: number): Promise<void> {
    const folder = vscode.Uri.joinPath(this.#storage, 'conflicts');
    const inUse = this.#begun.all.map(begun => this.#folderOf(begun).toString());
    for (const [name] of await entriesOf(folder)) {
      const each = vscode.Uri.joinPath(folder, name);
      const isOld = (await vscode.workspace.fs.stat(each)).mtime < now - keptFor;
      if (isOld && !inUse.includes(each.toString())) await vscode.workspace.fs.delete(each, { recursive: true });
    }
  }

  dispose(): void {
    this.#listening.dispose();
  }

  /** Begins to resolve a task's conflict, or goes on with it. @param part of the task that was to be merged; undefined: as begun, else all. */
  async resolve(task: AgentTask, part?: Part): Promise<void> {
    const known = this.#begun.of(task);
    const goesOn = known !== undefined && isAbout(known, task, part) && (await areThere(Object.values(known.results)));
    const begun = goesOn ? known : await this.#begin(task, part ?? {});
    if (begun === undefined) return;
    const paths = Object.keys(begun.results);
    for (const result of Object.values(begun.results)) this.#seen.delete(result);
    const [first] = await this.#left(begun);
    if (first !== undefined) await openMergeEditor(begun, first);
    const what = paths.length === 0 ? 'All is decided' : paths.length === 1 ? `Merge ${paths[0]} and save it` : `Merge the ${paths.length} files, one after the other, and save them`;
    if ((await showInformation(`${what}; your checkout stays as it is until you accept.`, 'Accept and Merge')) !== undefined) await this.finish(begun);
  }

  /** Accept and Merge of a merge editor: all that was decided about the task that the result is of. */
  async finishAt(result: unknown): Promise<void> {
    const uri = result instanceof vscode.Uri ? result : vscode.window.activeTextEditor?.document.uri;
    const begun = uri === undefined ? undefined : this.#begun.withResult(uri);
    if (begun === undefined) void showInformation('This is not the result of a conflict of a task.');
    else await this.finish(begun);
  }

  /** Accepts with what was decided. @param anyway also where a place has neither side's change. */
  async finish(begun: BegunResolution, anyway = false): Promise<void> {
    const task = conflictedTask(this.#repositories, begun);
    if (!this.#begun.has(begun)) throw new RequestFailed(`This is about a conflict of “${task.title}” that was accepted, or begun anew, meanwhile.`, 'overtaken', undefined);
    const texts = await this.#saveAndRead(begun);
    const open = untouched(begun, texts);
    if (open[0] !== undefined) {
      void showWarning(`Nothing was merged: ${open.join(', ')} still ${open.length === 1 ? 'has' : 'have'} conflicts. Decide them, then accept.`);
      return openMergeEditor(begun, open[0]);
    }

    const decided = { expectedHead: begun.head, expectedBase: begun.base, resolutions: decisions(begun, texts, anyway), expectedTarget: begun.targetCommit };
    await this.#goOn(begun, await accept(this.#repositories.of(task), this.#review, task, begun.part, decided));
  }

  /** Whichever front end merged it: there is nothing left to decide. What was decided stays where it is for a while. */
  async #forgetMerged(): Promise<void> {
    for (const begun of this.#begun.all) {
      if (this.#repositories.find(begun.id, begun.worktree)?.state === 'merged') await this.#begun.forget(begun);
    }
  }

  /** @param result undefined: the task has gone on since, which was said. */
  async #goOn(begun: BegunResolution, result: AcceptResult | undefined): Promise<void> {
    if (result === undefined) return;
    const { task, conflicts } = result;
    if (conflicts.length === 0) {
      await this.#begun.forget(begun);
      await closeEditors(begun);
      return;
    }

    const message = task.error?.message ?? 'Nothing was merged.';
    switch (task.error?.code) {
      case 'undecidedConflict':
        switch (await showWarning(message, 'Go On Resolving', 'Accept Anyway')) {
          case 'Go On Resolving':
            return this.resolve(task, begun.part);
          case 'Accept Anyway':
            return this.finish(begun, true);
        }

        break;
      case 'unusableResolution':
      case 'mergeConflict':
        // What was decided is about something that has changed; the results stay where they are.
        await this.#begun.forget(begun);
        if ((await showWarning(message, 'Resolve Again')) === undefined) return;
        await closeEditors(begun);
        await this.resolve(task, begun.part);
        break;
    }
  }

  async #begin(task: AgentTask, part: Part): Promise<BegunResolution | undefined> {
    const coordinator = this.#repositories.of(task);
    const found = await coordinator.request(methods.taskConflicts, { id: task.id, ...part });
    if (found.files.length === 0) {
      if ((await showInformation(`“${task.title}” has no conflict with ${found.target} any more.`, 'Accept and Merge')) !== undefined) await accept(coordinator, this.#review, task, part);
      return undefined;
    }

    const stuck = found.files.filter(({ choice }) => choice === 'none').map(({ path }) => path);
    if (stuck.length > 0) {
      void showWarning(`${stuck.join(', ')}: names or kinds of files contradict each other, which cannot be resolved file by file. Send the agent a message to redo its change on ${found.target}, or merge ${task.branch} in a terminal.`);
      return undefined;
    }

    const { texts, reasons } = await this.#textsOf(coordinator, task, part, found);
    const sides = await chooseSides(task, found, found.files.filter(({ path }) => !texts.has(path)), reasons);
    if (sides === undefined) return undefined;
    const place = { id: task.id, worktree: task.worktree, head: found.headCommit, base: task.base.commit, part, target: found.target, targetCommit: found.targetCommit };
    const results = Object.fromEntries([...texts.keys()].map(path => [path, vscode.Uri.joinPath(this.#folderOf(place), path).toString()]));
    for (const [path, { draft }] of texts) await writeOnce(vscode.Uri.parse(results[path] ?? '', true), draft);
    const marked = [...texts].filter(([, text]) => hasMarkers(text.target) || hasMarkers(text.task)).map(([path]) => path);
    const withMark = [...texts].filter(([, { draft }]) => hasMark(draft)).map(([path]) => path);
    const begun = { ...place, sides, results, marked, withMark };
    await this.#begun.keep(begun);
    return begun;
  }

  /** Texts of the conflicts that can be merged line by line, and why some cannot that seemed to. */
  async #textsOf(coordinator: Coordinator, task: AgentTask, part: Part, { files, target, targetCommit }: TaskConflictsResult): Promise<ConflictTexts> {
    const texts = new Map<string, ConflictTextsResult>();
    const reasons = new Map<string, string>();
    for (const { path } of files.filter(({ choice }) => choice === 'text')) {
      try {
        const found = await coordinator.request(methods.conflictTexts, { id: task.id, target, targetCommit, path, ...part });
        if (hasOneLineEnd(found.draft)) texts.set(path, found);
        else reasons.set(path, 'its lines end in different ways, which an editor would make alike');
      } catch (error) {
        const failed = RequestFailed.from(error);
        if (failed.code !== 'noText') throw error;
        reasons.set(path, failed.message);
      }
    }

    return { texts, reasons };
  }

  async #saveAndRead(begun: BegunResolution): Promise<ReadonlyMap<string, string>> {
    const texts = new Map<string, string>();
    for (const [path, result] of Object.entries(begun.results)) {
      const uri = vscode.Uri.parse(result, true);
      // Which files are open, and with what changes, may be news that is under way to this process; the editor that is asked here knows.
      const document = await vscode.workspace.openTextDocument(uri);
      if (!(await document.save())) throw new RequestFailed(`${path} could not be saved.`, 'notSaved', 'Save it, then accept again.');
      texts.set(path, textOf(begun, path, await vscode.workspace.fs.readFile(uri)));
    }

    return texts;
  }

  /** Complete Merge of the merge editor saves and closes. Then comes the next file, and after the last one there is nothing left to do but to accept. */
  async #goOnAfter(closed: readonly vscode.Tab[]): Promise<void> {
    const results = closed.flatMap(tab => resultOf(tab) ?? []);
    for (const result of results) this.#seen.add(result);
    const begun = this.#begun.all.find(each => closed.some(tab => isOf(each, tab)) && !mergeEditors().some(tab => isOf(each, tab)));
    const task = begun === undefined ? undefined : this.#repositories.find(begun.id, begun.worktree);
    // What was merged or discarded elsewhere, or has gone on, is nothing to accept.
    if (begun === undefined || task === undefined || hasEnded(task) || !isAbout(begun, task, undefined)) return;
    const left = await this.#left(begun, results);
    const wasClosed = (path: string): boolean => results.includes(begun.results[path] ?? '');
    const next = left.find(path => !wasClosed(path)) ?? left[0];
    if (next === undefined) {
      if ((await showInformation(`Accept “${task.title}” with what was resolved?`, 'Accept and Merge')) !== undefined) await this.finish(begun);
    } else if (!left.some(wasClosed) || (await showInformation(`Not merged yet: ${left.join(', ')}.`, 'Go On Resolving')) !== undefined) {
      await openMergeEditor(begun, next);
    }
  }

  /**
   * Paths of the files that are left to look at, those that nobody has decided first. They are opened one at a time: of merge editors that are
   * opened in quick succession, the editor may show the texts of one under the name of another.
   *
   * @param closed results whose merge editor was closed just now.
   */
  async #left(begun: BegunResolution, closed: readonly string[] = []): Promise<readonly string[]> {
    const texts = new Map<string, string>();
    for (const [path, result] of Object.entries(begun.results)) {
      const uri = vscode.Uri.parse(result, true);
      // What was saved a moment ago may not be in the file yet; the editor has it.
      texts.set(path, closed.includes(result) ? (await vscode.workspace.openTextDocument(uri)).getText() : textOf(begun, path, await vscode.workspace.fs.readFile(uri)));
    }

    const open = untouched(begun, texts);
    return [...open, ...Object.entries(begun.results).flatMap(([path, result]) => (open.includes(path) || this.#seen.has(result) ? [] : [path]))];
  }

  #folderOf(begun: Sides): vscode.Uri {
    return vscode.Uri.joinPath(this.#storage, 'conflicts', folderName(begun));
  }
}

/** Opened by name, as VS Code's own git support does it: there is no other way to it for an extension. */
async function openMergeEditor(begun: BegunResolution, path: string): Promise<void> {
  const result = begun.results[path];
  if (result === undefined) return;
  const opened = mergeEditors().some(tab => resultOf(tab) === result) ? Promise.resolve() : nextTab(tab => resultOf(tab) === result);
  await vscode.commands.executeCommand('_open.mergeEditor', {
    base: sideUri(begun, 'base', path),
    input1: { uri: sideUri(begun, 'target', path), title: begun.target, description: 'your branch' },
    input2: { uri: sideUri(begun, 'task', path), title: 'Agent', description: begun.id },
    output: vscode.Uri.parse(result, true),
  });
  await opened;
  // Each in a tab of its own.
  await vscode.commands.executeCommand('workbench.action.keepEditor');
}

/** The command returns before its editor is there. One that never comes, which the editor then tells of, is not waited for. */
function nextTab(isIt: (tab: vscode.Tab) => boolean): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(patience);
      listening.dispose();
      resolve();
    };
    const patience = setTimeout(end, 10_000);
    const listening = vscode.window.tabGroups.onDidChangeTabs(({ opened }) => {
      if (opened.some(isIt)) end();
    });
  });
}

const mergeEditors = (): readonly vscode.Tab[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(tab => resultOf(tab) !== undefined);

const isOf = ({ results }: BegunResolution, tab: vscode.Tab): boolean => Object.values(results).includes(resultOf(tab) ?? '');

async function closeEditors(begun: BegunResolution): Promise<void> {
  await vscode.window.tabGroups.close(mergeEditors().filter(tab => isOf(begun, tab)), true);
}

/** The result that a merge editor's tab is about. Its kind of input has no name in the API yet. */
function resultOf({ input }: vscode.Tab): string | undefined {
  return typeof input === 'object' && input !== null && 'result' in input && input.result instanceof vscode.Uri ? input.result.toString() : undefined;
}

/** A side for each file that cannot be merged line by line; undefined when the person leaves. */
async function chooseSides(task: AgentTask, { target }: TaskConflictsResult, files: readonly ConflictedFile[], reasons: ReadonlyMap<string, string>): Promise<Record<string, 'task' | 'target'> | undefined> {
  const sides: Record<string, 'task' | 'target'> = {};
  for (const [index, { path, kind }] of files.entries()) {
    const why = kind === 'modifyDelete' ? 'one side changed it, the other deleted it' : (reasons.get(path) ?? 'it cannot be merged line by line');
    const items = [
      { label: `As ${target} has it`, iconPath: new vscode.ThemeIcon('git-branch'), description: 'your branch', take: 'target' as const },
      { label: 'As the agent has it', iconPath: new vscode.ThemeIcon('robot'), description: task.id, take: 'task' as const },
    ];
    const chosen = await choose(items, { title: `${path}: ${why} (${index + 1} of ${files.length})`, placeHolder: 'Which one should stay as it is? Or leave, and merge it in git, or let the agent do it', ignoreFocusOut: true });
    if (chosen === undefined) return undefined;
    sides[path] = chosen.take;
  }

  return sides;
}

async function areThere(uris: readonly string[]): Promise<boolean> {
  try {
    for (const uri of uris) await vscode.workspace.fs.stat(vscode.Uri.parse(uri, true));
    return true;
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return false;
    throw error;
  }
}

/** What a person has made of it before is not overwritten. */
async function writeOnce(uri: vscode.Uri, draft: string): Promise<void> {
  try {
    await vscode.workspace.fs.stat(uri);
  } catch {
    // There is none yet.
    await vscode.workspace.fs.writeFile(uri, bytesOf(draft));
  }
}

/** Nothing where there is no such folder. */
async function entriesOf(folder: vscode.Uri): Promise<readonly [string, vscode.FileType][]> {
  try {
    return await vscode.workspace.fs.readDirectory(folder);
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return [];
    throw error;
  }
}
