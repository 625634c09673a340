// A panel without an editor: its view in a window of happy-dom, drawn into an element of its own.

import { Window } from 'happy-dom';
import { loadForBrowser } from './bundle.mjs';

// The view's library looks for a browser as soon as it is loaded.
export const window = new Window({ url: 'https://localhost/' });
for (const name of Object.getOwnPropertyNames(window)) {
  if (!(name in globalThis)) globalThis[name] = window[name];
}

globalThis.window = window;
globalThis.document = window.document;
const parts = await loadForBrowser('webviews/tasks/', `export { panel } from './view'; export { keepingFocus } from './keyboard'; export { nothing, nothingKept, told } from './panelState'; export { render } from 'lit';`);
export const { keepingFocus, told } = parts;

/** Draws the panel into an element of its own, and collects what its buttons send; `again` draws it there as it is then. */
export function draw(state, kept = {}) {
  const sent = [];
  const hands = { send: message => sent.push(message), create: () => sent.push({ type: 'create' }), keep: () => undefined, fold: id => sent.push({ fold: id }) };
  const body = window.document.createElement('div');
  window.document.body.append(body);
  const again = (next, at = '2026-01-01T00:02:00Z') => parts.render(parts.panel({ ...parts.nothing, connection: 'connected', ...next }, { ...parts.nothingKept, ...kept }, Date.parse(at), hands), body);
  again(state);
  return { body, sent, again };
}
