// How long a person at a real workbench waits for the panel. Prints one JSON object: {skipped: why}, or {figures: {name: [milliseconds]}}.
// `npm run bench -- vscode` runs it and makes a table of it.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cardsOf, edit, finish, makeFolder, modelAt, read } from './fixture.mjs';
import { startModel } from './model.mjs';
import { openPanel, patience, reasonToSkip, startEditor } from './workbench.mjs';

const tasks = 5;
const edits = 20;
const modelDelayMs = 100;
const rounds = 7;
const updates = 60;
const viewsAreKeptAfterMs = 10_000;

const prompt = number => `count to twenty, agent ${number}`;
const now = () => performance.timeOrigin + performance.now();

/** In every frame: when its first card was drawn. Milliseconds since 1970, like all times here. */
function watchForFirstCard() {
  if (window === window.top) return;
  // The panel's document is written over the one that the frame begins with, so an observer of that one would see nothing.
  const looking = setInterval(() => {
    if (document.querySelector('.card') === null) return;
    clearInterval(looking);
    requestAnimationFrame(() => {
      globalThis.agentIdeFirstCard = performance.timeOrigin + performance.now();
    });
  }, 4);
}

/** In the panel: when which card began to say which step. */
function watchSteps() {
  globalThis.agentIdeSteps = {};
  const look = () => {
    const at = performance.timeOrigin + performance.now();
    for (const card of document.querySelectorAll('.card')) {
      const step = /step (\d+)/.exec(card.querySelector('.state').textContent)?.[1];
      if (step !== undefined) globalThis.agentIdeSteps[`${card.dataset.taskId} ${step}`] ??= at;
    }
  };
  new MutationObserver(look).observe(document.querySelector('.cards'), { subtree: true, childList: true, characterData: true, attributes: true });
}

/**
 * In the panel, which is given as many cards as asked for: milliseconds from a message about one of them until that card is changed and
 * laid out, one after the other.
 */
async function timeUpdates({ cards, count, sample }) {
  const tell = data => window.dispatchEvent(new MessageEvent('message', { data }));
  const frame = () => new Promise(resolve => requestAnimationFrame(() => resolve()));
  const ids = Array.from({ length: cards }, (_, index) => `card-${index}`);
  const task = (id, tokens) => ({ ...sample, id, title: `Task ${id}`, state: 'running', steps: tokens, budget: { ...sample.budget, contextTokens: tokens } });
  tell({ type: 'tasks', tasks: ids.map(id => task(id, 1)) });
  await frame();
  await frame();
  const times = [];
  for (let round = 0; round < count; round++) {
    await frame();
    await new Promise(resolve => { setTimeout(resolve, 0); });
    // One of those in sight: the others are not even laid out.
    const id = ids[round % 5];
    const real = window.requestAnimationFrame;
    let draw;
    // What is drawn within a frame is drawn here and now, so that the wait for the frame is not measured.
    window.requestAnimationFrame = callback => { draw = callback; return 0; };
    const started = performance.now();
    tell({ type: 'changed', task: task(id, 100 + round) });
    draw?.(performance.now());
    document.body.getBoundingClientRect();
    times.push(performance.now() - started);
    window.requestAnimationFrame = real;
  }

  return times;
}

const frameOf = page => page.frames().find(frame => frame.name() === 'active-frame' || frame.url().includes('fake.html'));

async function measure() {
  const gate = {};
  gate.opened = new Promise(resolve => { gate.open = resolve; });
  const turns = () => [
    { ...read('count.txt'), until: gate.opened },
    ...Array.from({ length: edits }, (_, index) => ({ ...edit('count.txt', index === 0 ? 'zero' : `number ${index}.`, `number ${index + 1}.`), delayMs: modelDelayMs })),
    finish('Counted.'),
  ];
  const notes = mkdtempSync(path.join(tmpdir(), 'agent-ide-marks-'));
  const marksFile = path.join(notes, 'marks.json');
  const repository = makeFolder({ 'count.txt': 'zero\n' });
  const model = await startModel(Object.fromEntries(Array.from({ length: tasks }, (_, index) => [prompt(index), turns()])));
  const editor = await startEditor({
    environment: { ...modelAt(model), AGENT_IDE_WORKTREE__MAX_CONCURRENT: `${tasks}`, AGENT_IDE_INFERENCE__ASYNC_POOL_SIZE: `${tasks}`, MARKS_FILE: marksFile },
    beside: [fileURLToPath(new URL('marks', import.meta.url))],
    everyFrame: watchForFirstCard,
  });
  const agentIde = (...words) => execFileSync(editor.server, words, { cwd: repository.folder, env: editor.environment, encoding: 'utf8' });
  try {
    const page = await editor.open(repository.folder);
    const panel = await openPanel(page);
    const eventToCard = await timeEvents(page, panel, gate, agentIde);
    const sample = JSON.parse(agentIde('tasks', '--json'));
    const figures = { eventToCard };
    // The first ones are compiled while they run, and count for nobody.
    for (const [cards, name] of [[100, 'updateWarmUp'], [5, 'updateOf5'], [100, 'updateOf100']]) {
      figures[name] = await frameOf(page).evaluate(timeUpdates, { cards, count: updates, sample: (sample.tasks ?? sample)[0] });
    }

    // So often the editor writes down which views are open.
    await setTimeout(viewsAreKeptAfterMs);
    for (const kind of ['running', 'started']) {
      const taken = { shown: [], host: [] };
      for (let round = 0; round < rounds; round++) {
        // The window is left, and comes back as one that is loaded again: only such a one opens with the views that it had.
        await page.route('**', route => route.fulfill({ contentType: 'text/html', body: '' }));
        await page.reload();
        if (kind === 'started') agentIde('coordinator', 'stop');
        rmSync(marksFile, { force: true });
        await page.unroute('**');
        await page.reload({ waitUntil: 'domcontentloaded' });
        const { marks, firstCard } = await untilShown(page, marksFile);
        taken.shown.push(firstCard - marks.load);
        taken.host.push(marks.loaded - marks.load + marks.activated - marks.activate);
      }

      for (const [name, times] of Object.entries(taken)) figures[`${kind}.${name}`] = times;
    }

    delete figures.updateWarmUp;
    return figures;
  } finally {
    agentIde('coordinator', 'stop');
    await editor.close();
    await model.stop();
    repository.remove();
    rmSync(notes, { recursive: true, force: true });
  }
}

/** From the end of each step, by the coordinator's clock, until its card says so. */
async function timeEvents(page, panel, gate, agentIde) {
  const { create, reaches, card } = cardsOf(panel);
  for (let number = 0; number < tasks; number++) await create(prompt(number));
  for (let number = 0; number < tasks; number++) await reaches(prompt(number), 'running');
  await frameOf(page).evaluate(watchSteps);
  gate.open();
  for (let number = 0; number < tasks; number++) await reaches(prompt(number), 'readyForReview');
  const seen = await frameOf(page).evaluate(() => globalThis.agentIdeSteps);
  const times = [];
  for (let number = 0; number < tasks; number++) {
    const id = await card(prompt(number)).getAttribute('data-task-id');
    for (const step of JSON.parse(agentIde('show', id, '--json')).steps) {
      const shown = seen[`${id} ${step.number}`];
      if (shown !== undefined) times.push(shown - (Date.parse(step.startedAt) + step.durationMs));
    }
  }

  return times;
}

async function untilShown(page, marksFile) {
  for (const started = now(); now() - started < patience; await setTimeout(50)) {
    const firstCard = await frameOf(page)?.evaluate(() => globalThis.agentIdeFirstCard).catch(() => undefined);
    if (firstCard !== undefined && existsSync(marksFile)) return { firstCard, marks: JSON.parse(readFileSync(marksFile, 'utf8')) };
  }

  throw new Error('The panel showed no task.');
}

const skipped = reasonToSkip();
process.stdout.write(`${JSON.stringify(skipped ? { skipped } : { figures: await measure() })}\n`);
