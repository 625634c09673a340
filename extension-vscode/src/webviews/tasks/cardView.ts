import { html, nothing as none, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { hasWorktree } from '../../allowed';
import { askedFor } from '../../askedFor';
import type { TaskApproval, TaskStep } from '../../protocol.generated';
import { actionsOf, duration, gaugeOf, stateOf, stepActionsOf, takesMessages, tokens, worked } from './card';
import { icon } from './icons';
import type { PanelTask } from './messages';
import type { Hands } from './view';

/**
 * One task. All text is put in as text; nothing a task says becomes markup.
 *
 * @param place in the queue, from 1.
 * @param now milliseconds since 1970; tells how long a task at work has taken.
 */
export function card(task: PanelTask, steps: readonly TaskStep[], place: number, unfolded: boolean, now: number, hands: Hands): TemplateResult {
  const state = stateOf(task, place);
  const said = task.error?.message ?? task.question ?? (task.state === 'running' || task.state === 'preparing' ? task.activity : task.summary);
  return html`
    <section class="card ${state.tone}" role="listitem" tabindex="-1" data-task-id=${task.id} data-state=${task.state} aria-label="${task.title}, ${state.text}${task.repository === undefined ? '' : `, in ${task.repository}`}">
      <h3><span class="title" title=${task.title}>${task.title}</span> <span class="state">${state.text}</span></h3>
      ${said ? html`<p class="said" title=${said}>${said}</p>` : none} ${task.error?.hint && task.state !== 'conflict' ? html`<p class="hint">${task.error.hint}</p>` : none}
      ${task.removalNotices.map(notice => html`<p class="hint">${notice}</p>`)}
      ${task.approvals.map(approval => question(task.id, approval, hands))}
      ${['queued', 'merged', 'discarded'].includes(task.state) ? none : gauge(task)} ${facts(task, now, hands)}
      ${task.conflictsWith.length === 0 ? none : html`<p class="conflicts">Would conflict with ${task.conflictsWith.map(other => (other === 'user' ? 'your uncommitted edits' : other)).join(', ')}</p>`}
      ${task.steps === 0 ? none : stepList(task, steps, unfolded, hands)}
      <div class="actions">
        ${repeat(actionsOf(task), action => action.command, action => html`
          <vscode-button ?secondary=${action.primary !== true} data-action=${action.command} @click=${() => hands.send({ type: 'command', command: action.command, id: task.id })}>${action.label}</vscode-button>
        `)}
      </div>
      ${takesMessages(task) && (unfolded || task.state === 'waitingForUser' || task.steps === 0) ? messageBox(task.id, hands) : none}
    </section>
  `;
}

function question(id: string, approval: TaskApproval, hands: Hands): TemplateResult {
  const answer = (decision: 'allow' | 'allowAlways' | 'allowAlwaysInRepository' | 'deny') => () => hands.send({ type: 'approval', id, call: approval.call, decision });
  return html`
    <div class="ask" role="group" aria-label="Approval">
      <p>May the agent ${askedFor(approval.tool)}?</p>
      <code>${approval.summary}</code>
      <div class="actions">
        <vscode-button data-action="approve" @click=${answer('allow')}>Allow</vscode-button>
        <vscode-button secondary data-action="approveAlways" title="The same call, for as long as this task lives" @click=${answer('allowAlways')}>Always here</vscode-button>
        <vscode-button secondary data-action="approveAlwaysInRepository" title="The same call, in every task of this repository" @click=${answer('allowAlwaysInRepository')}>Always</vscode-button>
        <vscode-button secondary data-action="deny" @click=${answer('deny')}>Deny</vscode-button>
      </div>
    </div>
  `;
}

/** Sets its lengths as properties: the content-security policy passes no style in an attribute. */
function gauge(task: PanelTask): TemplateResult {
  const { percent, threshold, hot, text, label } = gaugeOf(task.budget);
  return html`
    <div class="gauge">
      <div class="bar" role="meter" aria-valuemin="0" aria-valuemax=${task.budget.maxTokens} aria-valuenow=${task.budget.contextTokens} aria-label=${label} title=${label}>
        <i class=${hot ? 'hot' : ''} .style=${`width: ${percent}%`}></i><u .style=${`left: ${threshold}%`}></u>
      </div>
      <span>${text}</span>
    </div>
  `;
}

function facts(task: PanelTask, now: number, hands: Hands): TemplateResult {
  const { changes, budget } = task;
  const time = worked(task, now);
  return html`
    <p class="facts">
      ${task.repository === undefined ? none : html`<span class="repository" title="Repository">${task.repository}</span>`} <span><code title="Branch">${task.branch}</code>${hasWorktree(task) ? worktreeButton(task, hands) : none}</span>
      ${changes.files === 0 ? none : html`<span><span class="added">+${changes.additions}</span> <span class="removed">−${changes.deletions}</span> in ${changes.files} ${changes.files === 1 ? 'file' : 'files'}</span>`}
      ${time === null ? none : html`<span>${duration(time)}</span>`}
      ${budget.inputTokens === 0 ? none : html`<span title="Tokens in and out">${tokens(budget.inputTokens)} in, ${tokens(budget.outputTokens)} out</span>`}
      ${budget.savedTokens === 0 ? none : html`<span>saved ${tokens(budget.savedTokens)}</span>`} ${budget.costUsd === undefined ? none : html`<span>$${budget.costUsd.toFixed(2)}</span>`}
      ${task.model === undefined ? none : html`<span title="Model">${task.model}</span>`}
    </p>
  `;
}

/** At the branch that is checked out there, and not among the decisions: they fill a narrow panel, and this is wanted seldom. */
function worktreeButton(task: PanelTask, hands: Hands): TemplateResult {
  const label = 'Open Worktree in New Window';
  return html` <button class="link tool" data-action="openWorktree" title=${label} aria-label="${label}: ${task.title}" @click=${() => hands.send({ type: 'command', command: 'openWorktree', id: task.id })}>${icon('window')}</button>`;
}

function stepList(task: PanelTask, steps: readonly TaskStep[], unfolded: boolean, hands: Hands): TemplateResult {
  return html`
    <details class="steps" ?open=${unfolded}>
      <summary @click=${(event: Event) => { event.preventDefault(); hands.fold(task.id); }}>${task.steps} ${task.steps === 1 ? 'step' : 'steps'}</summary>
      ${unfolded
        ? html`<ol>${repeat(steps, step => step.number, step => html`
            <li value=${step.number} class=${step.error === undefined ? '' : 'wrong'}>
              <span class="what" title=${step.summary}>${step.error === undefined ? none : html`<span class="aloud">failed: </span>`}<b>${step.tool}</b> ${step.summary}</span> <span class="took">${duration(step.durationMs)}</span>
              ${stepButtons(task, step, hands)}
            </li>`)}</ol>`
        : none}
    </details>
  `;
}

/** Together on a line, wherever the step's words end. */
function stepButtons(task: PanelTask, step: TaskStep, hands: Hands): TemplateResult {
  const named = (label: string): string => label.replace('this step', `step ${step.number}`);
  return html`<span class="undivided">${stepActionsOf(task, step).map(({ command, label, icon: shown }) => html`
    <button class=${shown === undefined ? 'link' : 'link tool'} data-step-action=${command} title=${label} aria-label=${shown === undefined ? none : named(label)} @click=${() => hands.send({ type: 'step', command, id: task.id, step: step.number })}>${shown === undefined ? html`<code>${step.commit?.slice(0, 7)}</code>` : icon(shown)}</button>`)}</span>`;
}

function messageBox(id: string, hands: Hands): TemplateResult {
  const send = (event: KeyboardEvent): void => {
    const field = event.target as HTMLInputElement;
    // While a word is being composed, Enter chooses it.
    if (event.key !== 'Enter' || event.isComposing || field.value.trim() === '') return;
    hands.send({ type: 'message', id, text: field.value });
    field.value = '';
  };
  return html`<vscode-textfield class="message" label="Message to the agent" placeholder="Say something to the agent; Enter sends" @keydown=${send}></vscode-textfield>`;
}
