// The panel itself, in the real editor and browser: every kind of card in every kind of theme, by keyboard, and a hundred cards at once.
// Most cards are told to it as the extension would tell them, because a task that fails is seldom at hand when one is wanted.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { cardsOf, edit, finish, makeFolder, modelAt, read } from './fixture.mjs';
import { startModel } from './model.mjs';
import { openPanel, patience, reasonToSkip, startEditor } from './workbench.mjs';

const skip = reasonToSkip();
const require = createRequire(import.meta.url);
const axe = skip ? '' : readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** The editor's own themes, one of each kind, by what the editor calls the kind in a panel. */
const themes = {
  'vscode-light': 'Default Light Modern',
  'vscode-dark': 'Default Dark Modern',
  'vscode-high-contrast': 'Default High Contrast',
  'vscode-high-contrast-light': 'Default High Contrast Light',
};

const prompt = 'by keyboard alone';
const budget = { maxTokens: 8192, thresholdTokens: 6144, contextTokens: 4800, inputTokens: 12_000, cachedInputTokens: 0, outputTokens: 900, delegatedTokens: 0, savedTokens: 0, estimated: false };
const taskOf = (id, over = {}) => ({
  id, title: `Task ${id}`, prompt: id, state: 'running', branch: `agent/${id}`, worktree: `file:///r/.worktrees/${id}`, base: { ref: 'main', commit: 'b'.repeat(40) }, head: 'a'.repeat(40),
  createdAt: '2026-01-01T00:00:00Z', startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:01:52Z', steps: 3, changes: { files: 2, additions: 48, deletions: 6 },
  approvals: [], plan: [], conflictsWith: [], dependsOn: [], notices: [], removalNotices: [], budget, model: 'qwen3-coder:30b', ...over,
});
const step = (number, over = {}) => ({ number, tool: 'edit_file', version: 1, arguments: '{}', summary: 'src/Parsing/Lexer.cs +12 -3', startedAt: '2026-01-01T00:00:01Z', durationMs: 38, commit: '3fa91c2d'.repeat(5), files: ['src/a.cs'], tokens: { context: 1, input: 1, output: 1 }, ...over });

/** One card of each kind, with words as long as real ones are. */
const kinds = [
  taskOf('approval', { title: 'Update the HTTP client to the version that the server team asked for', state: 'waitingForApproval', approvals: [{ call: 'c1', tool: 'run_command', summary: 'dotnet restore src/Client --configfile /etc/a-rather-long-name/NuGet.config', arguments: '{}', reason: 'always' }] }),
  taskOf('question', { title: 'Which of the two parsers?', state: 'waitingForUser', question: 'There are two parsers, in src/Parsing and in src/Legacy. Which one is meant?' }),
  taskOf('running', { title: 'Rename Token to Lexeme', activity: 'edit_file src/Lexer.cs', steps: 7, budget: { ...budget, contextTokens: 6500, estimated: true, savedTokens: 9100, costUsd: 0.42 }, conflictsWith: ['approval', 'user'] }),
  taskOf('ready', { title: 'Handle empty input', state: 'readyForReview', summary: 'Empty and blank input now give an empty document.' }),
  taskOf('conflict', { state: 'conflict', error: { code: 'conflict', message: 'src/cart.js was changed on main as well.', hint: 'Resolve it.' } }),
  taskOf('failed', { state: 'failed', error: { code: 'contextTooLong', message: 'The context does not fit any more.', hint: 'Raise inference.max_tokens.' } }),
  taskOf('queued', { title: 'Document the public API', state: 'queued', steps: 0, changes: { files: 0, additions: 0, deletions: 0 } }),
  taskOf('merged', { state: 'merged', summary: 'Landed as one commit.' }),
  taskOf('discarded', { state: 'discarded' }),
];

let repository;
let model;
let editor;
let page;
let panel;

const frame = () => page.frames().find(candidate => candidate.name() === 'active-frame' || candidate.url().includes('fake.html'));

/** Says something to the panel as the extension does. */
const tell = (...messages) => frame().evaluate(async all => {
  for (const data of all) window.dispatchEvent(new MessageEvent('message', { data }));
  await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}, messages);

/** What axe has against the panel as it is now. */
const barriers = () => frame().evaluate(async source => {
  if (globalThis.axe === undefined) (0, eval)(source);
  // The panel is transparent, and this lies behind it: axe would take it for white.
  document.documentElement.style.background = 'var(--vscode-sideBar-background)';
  const results = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] });
  return results.violations.map(violation => `${violation.id}: ${violation.nodes.map(node => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
}, axe);

/** Elements that reach out of the panel to the right, or whose text does. */
const cutOff = () => frame().evaluate(() => {
  const width = document.documentElement.clientWidth;
  const wide = [...document.querySelectorAll('body *')].filter(element => !element.classList.contains('aloud') && element.getBoundingClientRect().right > width + 0.5);
  return [...wide.map(element => element.outerHTML.slice(0, 120)), ...(document.documentElement.scrollWidth > width ? ['it scrolls sideways'] : [])];
});

before(async () => {
  if (skip) return;
  repository = makeFolder({ 'greet.js': 'export const greet = () => "hello";\n', '.vscode/settings.json': '{}' });
  model = await startModel({ [prompt]: [read('greet.js'), edit('greet.js', '"hello"', '"HELLO"'), finish('Louder.')] });
  editor = await startEditor({ environment: modelAt(model) });
  page = await editor.open(repository.folder);
  panel = await openPanel(page);
  await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
});

after(async () => {
  await editor?.close();
  await model?.stop();
  repository?.remove();
});

test('every kind of card is without barrier and whole at 300 pixels, in light, dark and both high contrasts', { skip, timeout: 4 * patience }, async () => {
  assert.ok((await frame().evaluate(() => innerWidth)) <= 300);
  for (const [kind, theme] of Object.entries(themes)) {
    repository.write('.vscode/settings.json', JSON.stringify({ 'workbench.colorTheme': theme }));
    await panel.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
    await tell({ type: 'tasks', tasks: [] }, { type: 'created' });
    assert.deepEqual(await barriers(), [], `nothing there, ${theme}`);
    assert.deepEqual(await cutOff(), [], `nothing there, ${theme}`);
    await page.screenshot({ path: path.join(editor.looks, `empty-${kind}.png`) });

    await tell(
      { type: 'tasks', tasks: kinds }, { type: 'created', error: 'No model server answers at http://127.0.0.1:11434/v1. Start it, or set inference.base_url.' },
      { type: 'steps', id: 'running', steps: [step(5, { tool: 'search_codebase', commit: undefined }), step(6), step(7, { error: { code: 'timeout', message: 'It took too long.' } })] });
    if ((await panel.locator('[data-task-id="running"] li').count()) === 0) await panel.locator('[data-task-id="running"] summary').click();
    await panel.locator('[data-task-id="running"] li').first().waitFor();
    await tell({ type: 'steps', id: 'running', steps: [step(5, { tool: 'search_codebase', commit: undefined }), step(6), step(7, { error: { code: 'timeout', message: 'It took too long.' } })] });
    assert.deepEqual(await barriers(), [], theme);
    assert.deepEqual(await cutOff(), [], theme);
    // A length that the content-security policy does not pass is none at all.
    assert.deepEqual(await panel.locator('[data-task-id="ready"] .bar').evaluate(bar => [...bar.children].map(mark => Math.round(parseFloat(mark.style.width || mark.style.left)))), [59, 75]);
    const shots = [[panel.locator('.composer'), 'top'], [panel.locator('[data-task-id="running"]'), 'steps'], [panel.locator('[data-task-id="conflict"]'), 'middle'], [panel.locator('[data-task-id="discarded"]'), 'end']];
    for (const [locator, name] of shots) {
      await locator.evaluate(element => element.scrollIntoView());
      await page.screenshot({ path: path.join(editor.looks, `${kind}-${name}.png`) });
    }
  }
});

test('each kind of button is reached and pressed by keyboard alone, and is seen to have the focus', { skip, timeout: 3 * patience }, async () => {
  await tell({ type: 'tasks', tasks: kinds }, { type: 'created' });
  // What is pressed is noted and goes no further: the tasks exist on the panel only.
  await frame().evaluate(() => {
    globalThis.pressed = [];
    document.addEventListener('click', event => {
      const button = event.target.closest('[data-action], .link');
      if (button === null) return;
      globalThis.pressed.push(button.dataset.action ?? button.title);
      event.stopImmediatePropagation();
      event.preventDefault();
    }, true);
  });
  await panel.locator('#prompt textarea').fill('Something');
  await panel.locator('#prompt textarea').focus();
  const unseen = [];
  for (let presses = 0; presses < 100; presses++) {
    await page.keyboard.press('Tab');
    const at = await frame().evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return null;
      const outlined = [element, ...(element.shadowRoot?.querySelectorAll('*') ?? [])].some(each => {
        const style = getComputedStyle(each);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
      });
      const bordered = element.matches('vscode-textarea, vscode-textfield, vscode-checkbox');
      return { what: element.dataset.action ?? element.title ?? element.tagName, html: element.outerHTML.slice(0, 100), button: element.matches('[data-action], .link'), seen: outlined || bordered, last: element.closest('[data-task-id="discarded"]') !== null };
    });
    if (at === null) break;
    if (!at.seen) unseen.push(at.html);
    if (at.button) await page.keyboard.press('Enter');
    if (at.last) break;
  }

  const pressed = new Set(await frame().evaluate(() => globalThis.pressed));
  const all = new Set(await frame().evaluate(() => [...document.querySelectorAll('[data-action], .link')].filter(button => !button.disabled).map(button => button.dataset.action ?? button.title)));
  assert.deepEqual([...pressed].sort(), [...all].sort());
  assert.deepEqual(unseen, []);

  // Arrow keys leap over a card's buttons; Escape folds what Enter unfolded, and stays there.
  await panel.locator('[data-task-id="running"] summary').focus();
  await page.keyboard.press('Escape');
  await panel.locator('[data-task-id="running"] details:not([open])').waitFor();
  assert.equal(await frame().evaluate(() => document.activeElement.tagName), 'SUMMARY');
  await page.keyboard.press('Enter');
  await panel.locator('[data-task-id="running"] details[open]').waitFor();
  await page.keyboard.press('ArrowDown');
  assert.equal(await frame().evaluate(() => document.activeElement.dataset.taskId), 'ready');
});

test('with a hundred cards only what changes is touched, and neither the keyboard nor the place is lost', { skip, timeout: 2 * patience }, async () => {
  const id = index => `task-${String(99 - index).padStart(2, '0')}`;
  const hundred = Array.from({ length: 100 }, (_, index) => taskOf(id(index), { state: index % 20 === 7 ? 'running' : index > 60 ? 'merged' : 'readyForReview', createdAt: `2026-01-01T01:${String(59 - (index % 60)).padStart(2, '0')}:00Z` }))
    .sort((left, right) => right.createdAt.localeCompare(left.createdAt) || right.id.localeCompare(left.id));
  const running = hundred.filter(task => task.state === 'running');
  assert.equal(running.length, 5);
  await tell({ type: 'tasks', tasks: hundred }, { type: 'created' });
  const order = () => frame().evaluate(() => [...document.querySelectorAll('.card')].map(card => card.dataset.taskId));
  const before = await order();
  assert.equal(before.length, 100);

  await frame().evaluate(() => {
    globalThis.touched = new Set();
    new MutationObserver(records => {
      for (const { target } of records) globalThis.touched.add((target.nodeType === Node.TEXT_NODE ? target.parentElement : target).closest('.card, .aloud, .counts, .composer')?.dataset.taskId ?? 'elsewhere');
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  const touchedBy = async (...tasks) => {
    await frame().evaluate(() => globalThis.touched.clear());
    await tell(...tasks.map(task => ({ type: 'changed', task })));
    return frame().evaluate(() => [...globalThis.touched]);
  };
  assert.deepEqual(await touchedBy({ ...running[2], steps: 9, budget: { ...budget, contextTokens: 5555 } }), [running[2].id]);

  // Somebody reads in the middle of the list while five tasks change.
  const scrolled = await frame().evaluate(() => {
    document.querySelectorAll('.card')[50].scrollIntoView();
    return new Promise(resolve => { requestAnimationFrame(() => requestAnimationFrame(() => resolve(document.querySelectorAll('.card')[50].getBoundingClientRect().top))); });
  });
  await touchedBy(...running.map((task, index) => ({ ...task, steps: 10 + index, activity: `now at ${index}` })));
  assert.ok(Math.abs((await frame().evaluate(() => document.querySelectorAll('.card')[50].getBoundingClientRect().top)) - scrolled) < 2);

  // Somebody writes meanwhile.
  await panel.locator('#prompt textarea').fill('');
  await panel.locator('#prompt textarea').focus();
  const text = 'what somebody types while others work';
  for (const [index, letter] of [...text].entries()) {
    await page.keyboard.type(letter);
    await tell({ type: 'changed', task: { ...running[index % 5], steps: 20 + index } });
  }

  assert.equal(await panel.locator('#prompt textarea').inputValue(), text);
  assert.equal(await frame().evaluate(() => document.activeElement.id), 'prompt');
  assert.deepEqual(await order(), before);
  await panel.locator('#prompt textarea').fill('');
});

test('a task is made, reviewed and accepted by keyboard alone', { skip, timeout: 3 * patience }, async () => {
  await page.reload({ waitUntil: 'domcontentloaded' });
  await page.locator('.monaco-workbench .activitybar li.action-item').first().waitFor();
  panel = await openPanel(page, { mayBeOpen: true });
  const field = panel.locator('#prompt textarea');
  await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
  await field.focus();
  await page.keyboard.type(prompt);
  await page.keyboard.press('Control+Enter');
  await cardsOf(panel).reaches(prompt, 'readyForReview');
  const tabTo = async action => {
    await field.focus();
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('Tab');
      if ((await frame().evaluate(() => document.activeElement?.dataset?.action)) === action) return;
    }

    assert.fail(`${action} is not reached`);
  };
  await tabTo('review');
  await page.keyboard.press('Enter');
  await page.locator('.multiDiffEntry .line-insert').first().waitFor();
  await tabTo('accept');
  await page.keyboard.press('Enter');
  await cardsOf(panel).reaches(prompt, 'merged');
  assert.match(repository.text('greet.js'), /HELLO/);
});
