import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-textarea/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { render } from 'lit';
import { keepingFocus } from './keyboard';
import type { FromPanel, ToPanel } from './messages';
import { nothing, nothingKept, told, type Kept, type PanelState } from './panelState';
import { panel, type Hands } from './view';

interface Host {
  postMessage(message: FromPanel): void;
  getState(): unknown;
  setState(state: Kept): void;
}

declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();
let kept: Kept = { ...nothingKept, ...(host.getState() as Partial<Kept> | undefined) };
let state: PanelState = nothing;
let due = false;
/** What a task is being made of; more may be typed meanwhile. */
let sent = '';

const hands: Hands = {
  send: message => host.postMessage(message),
  create: () => {
    if (kept.draft.trim() === '' || state.creating || state.connection !== 'connected') return;
    state = { ...state, creating: true, createError: '' };
    sent = kept.draft;
    host.postMessage({
      type: 'create',
      prompt: kept.draft,
      ...(state.repositories.includes(kept.repository) ? { repository: kept.repository } : {}),
      ...(kept.includeUncommitted === null ? {} : { includeUncommitted: kept.includeUncommitted }),
      ...(kept.base.trim() === '' ? {} : { base: kept.base.trim() }),
      ...(kept.model.trim() === '' ? {} : { model: kept.model.trim() }),
    });
    show();
  },
  keep: change => {
    kept = { ...kept, ...change };
    host.setState(kept);
    show();
  },
  fold: id => {
    const unfolds = !kept.unfolded.includes(id);
    hands.keep({ unfolded: unfolds ? [...kept.unfolded, id] : kept.unfolded.filter(other => other !== id) });
    if (unfolds) host.postMessage({ type: 'showSteps', id });
  },
};

/** However much is told within a frame, it is drawn once. */
function show(): void {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    keepingFocus(document, () => render(panel(state, kept, Date.now(), hands), document.body));
  });
}

window.addEventListener('message', (event: MessageEvent<ToPanel>) => {
  state = told(state, event.data);
  if (event.data.type === 'created' && event.data.error === undefined && kept.draft === sent) hands.keep({ draft: '' });
  show();
});

// The time that running tasks have taken goes on without anything being told.
setInterval(() => {
  if (state.tasks.some(task => task.state === 'running')) show();
}, 1000);

host.postMessage({ type: 'ready' });
for (const id of kept.unfolded) host.postMessage({ type: 'showSteps', id });
show();
