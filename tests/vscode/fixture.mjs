// What the tests of the workbench begin with: a repository, a scripted model, and words for what is on the panel.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Turns of a scripted model. */
export const call = (name, args) => ({ calls: [{ name, arguments: args }] });
export const read = file => call('read_file', { path: file });
export const edit = (file, from, to) => call('edit_file', { path: file, old_text: from, new_text: to });
export const write = (file, content) => call('write_file', { path: file, content });
export const finish = summary => call('finish', { summary });

/** A folder of its own, called what the window then is; with files, a git repository that has them in its first commit. */
export function makeFolder(files, name = 'repository') {
  const around = mkdtempSync(path.join(tmpdir(), 'agent-ide-vscode-'));
  const folder = path.join(around, name);
  mkdirSync(folder);
  const git = (...words) => execFileSync('git', words, { cwd: folder, encoding: 'utf8' }).trim();
  const initialise = () => {
    git('init', '--quiet', '--initial-branch=main');
    git('config', 'user.name', 'Tess Ter');
    git('config', 'user.email', 'tess@example.com');
  };
  if (files !== undefined) {
    initialise();
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    }

    git('add', '--all');
    git('commit', '--quiet', '--message=first');
  }

  return {
    folder,
    git,
    initialise,
    file: name => path.join(folder, name),
    text: name => readFileSync(path.join(folder, name), 'utf8'),
    write: (name, text) => writeFileSync(path.join(folder, name), text),
    /** Where the coordinator of this repository says that it is. */
    coordinator: () => JSON.parse(readFileSync(path.join(folder, '.git/agent-ide/coordinator.json'), 'utf8')),
    remove() {
      endCoordinator(folder);
      rmSync(around, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** A coordinator outlives its editors, and would look for a while after a repository that is gone. */
function endCoordinator(folder) {
  try {
    process.kill(JSON.parse(readFileSync(path.join(folder, '.git/agent-ide/coordinator.json'), 'utf8')).pid, 'SIGTERM');
  } catch {
    // There is none, or none any more.
  }
}

/** The panel's cards, by their titles. */
export function cardsOf(panel) {
  const card = text => panel.locator('.card', { has: panel.locator('.title', { hasText: text }) });
  return {
    card,
    async reaches(text, state) {
      try {
        await panel.locator(`.card[data-state="${state}"]`, { has: panel.locator('.title', { hasText: text }) }).waitFor();
      } catch (error) {
        const cards = await panel.locator('.card').allInnerTexts().catch(() => ['(no panel)']);
        throw new Error(`${error.message}\nThe cards are: ${JSON.stringify(cards)}`, { cause: error });
      }
    },
    async create(prompt) {
      await panel.locator('#prompt textarea').fill(prompt);
      await panel.locator('[data-action="create"]:not([disabled])').click();
      await card(prompt).waitFor();
    },
  };
}

/** What an editor shows; it shows blanks as no-break spaces. */
export const visibleText = async locator => (await locator.innerText()).replaceAll('\u00a0', ' ');

/** What extension and coordinator need to use the scripted model. */
export const modelAt = model => ({ AGENT_IDE_INFERENCE__PROVIDER: 'openai', AGENT_IDE_INFERENCE__BASE_URL: model.url });
