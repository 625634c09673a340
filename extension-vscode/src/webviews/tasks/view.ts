import { html, nothing as none, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { TaskStep } from '../../protocol.generated';
import { card } from './cardView';
import { keyOnCards } from './keyboard';
import type { FromPanel, PanelTask } from './messages';
import { count, inSight, queuePlaces, type Kept, type PanelState } from './panelState';

/** What the view calls when a person does something. */
export interface Hands {
  readonly send: (message: FromPanel) => void;
  readonly create: () => void;
  readonly keep: (change: Partial<Kept>) => void;
  readonly fold: (id: string) => void;
}

const noSteps: readonly TaskStep[] = [];

/** The whole panel. */
export function panel(state: PanelState, kept: Kept, now: number, hands: Hands): TemplateResult {
  const { unfinished, finished } = inSight(state.tasks);
  return html`
    ${composer(state, kept, hands)} ${state.reason === '' ? none : failure(state.reason, hands)} ${counts(state)}
    <div @keydown=${(event: KeyboardEvent) => keyOnCards(event, kept.unfolded, hands)}>
      ${cards('Tasks', unfinished, state, kept, now, hands)}
      ${finished.length === 0 ? none : html`<h2>Finished</h2> ${cards('Finished tasks', finished, state, kept, now, hands)}`}
    </div>
    ${state.tasks.length === 0 && state.connection !== 'failed' ? empty(state, hands) : none}
    <p class="aloud" role="status" aria-live="polite">${state.announcement}</p>
  `;
}

/** A card is drawn again only when something on it is another; the clock is on those of tasks at work. */
function cards(label: string, tasks: readonly PanelTask[], state: PanelState, kept: Kept, now: number, hands: Hands): TemplateResult {
  const places = queuePlaces(state.tasks);
  const drawn = (task: PanelTask): unknown => {
    const [steps, place, unfolded] = [state.steps.get(task.id) ?? noSteps, places.get(task.id) ?? 0, kept.unfolded.includes(task.id)];
    const second = task.startedAt !== undefined && task.endedAt === undefined ? Math.floor(now / 1000) : 0;
    return guard([task, steps, place, unfolded, second], () => card(task, steps, place, unfolded, now, hands));
  };
  return html`<div class="cards" role="list" aria-label=${label}>${repeat(tasks, task => task.id, drawn)}</div>`;
}

function composer(state: PanelState, kept: Kept, hands: Hands): TemplateResult {
  const disabled = state.connection !== 'connected' || state.creating;
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) hands.create();
  };
  const text = (event: Event): string => (event.target as HTMLInputElement).value;
  return html`
    <form class="composer" aria-label="New task" @submit=${(event: Event) => event.preventDefault()}>
      <vscode-textarea
        id="prompt" label="What should be done?" placeholder="What should be done?" rows="3" resize="vertical" .value=${kept.draft}
        @input=${(event: Event) => hands.keep({ draft: text(event) })} @keydown=${onKey}></vscode-textarea>
      ${state.repositories.length === 0 ? none : repositoryChoice(state.repositories, kept.repository, hands)}
      <details>
        <summary>Options</summary>
        <label>From <vscode-textfield placeholder="where you are now" .value=${kept.base} @input=${(event: Event) => hands.keep({ base: text(event) })}></vscode-textfield></label>
        <label>Model <vscode-textfield placeholder=${state.defaults.model || 'as configured'} .value=${kept.model} @input=${(event: Event) => hands.keep({ model: text(event) })}></vscode-textfield></label>
        <vscode-checkbox
          label="Include uncommitted work" ?checked=${kept.includeUncommitted ?? state.defaults.includeUncommitted}
          @change=${(event: Event) => hands.keep({ includeUncommitted: (event.target as HTMLInputElement).checked })}></vscode-checkbox>
      </details>
      <div class="row">
        <span class="hint">Ctrl+Enter</span>
        <vscode-button data-action="create" ?disabled=${disabled || kept.draft.trim() === ''} @click=${hands.create}>${state.creating ? 'Starting…' : 'Start'}</vscode-button>
      </div>
      ${state.createError === '' ? none : html`<p class="error" role="alert">${state.createError}</p>`}
    </form>
  `;
}

function repositoryChoice(names: readonly string[], chosen: string, hands: Hands): TemplateResult {
  return html`
    <label>In
      <select id="repository" aria-label="Repository" @change=${(event: Event) => hands.keep({ repository: (event.target as HTMLSelectElement).value })}>
        ${names.map(name => html`<option value=${name} ?selected=${name === chosen}>${name}</option>`)}
      </select>
    </label>
  `;
}

function failure(reason: string, hands: Hands): TemplateResult {
  return html`
    <div class="notice" role="alert">
      ${reason.split('\n').map(line => html`<p>${line}</p>`)}
      <vscode-button secondary data-action="checkSetup" @click=${() => hands.send({ type: 'command', command: 'checkSetup' })}>Check Setup</vscode-button>
    </div>
  `;
}

function empty(state: PanelState, hands: Hands): TemplateResult {
  if (state.connection === 'none') return html`<div class="empty"><p>Open a folder of a git repository to let agents work on it.</p>${walkthrough(hands)}</div>`;
  if (state.connection === 'starting') return html`<div class="empty" role="status"><p>Connecting…</p></div>`;
  return html`
    <div class="empty">
      <p>No tasks yet. Write what should be done, or select code and choose <em>Delegate Selection to Agent</em>.</p>
      <p>An agent works in a copy of the repository. Your files stay as they are until you accept its changes.</p>
      ${walkthrough(hands)}
      <vscode-button secondary data-action="checkSetup" @click=${() => hands.send({ type: 'command', command: 'checkSetup' })}>Check Setup</vscode-button>
    </div>
  `;
}

function walkthrough(hands: Hands): TemplateResult {
  return html`<vscode-button secondary data-action="walkthrough" @click=${() => hands.send({ type: 'command', command: 'walkthrough' })}>Show Me How</vscode-button>`;
}

function counts(state: PanelState): TemplateResult | typeof none {
  if (state.tasks.length === 0) return none;
  const { running, waiting, ready, costUsd } = count(state.tasks);
  return html`
    <p class="counts">
      <span>${running} running</span> <span>${waiting} waiting for you</span> <span>${ready} ready</span>
      ${costUsd === null ? none : html`<span class="end">$${costUsd.toFixed(2)}</span>`}
    </p>
  `;
}
