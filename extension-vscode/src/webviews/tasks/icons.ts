import { html, type TemplateResult } from 'lit';

/** Drawn here, because the editor's own icons are a font that a panel would have to bring along. They are named by the button around them. */
export type Icon = 'rollBack' | 'fork' | 'window';

const paths: Readonly<Record<Icon, string>> = {
  rollBack: 'M5.5 2.5 2.5 5.5l3 3M2.5 5.5h6.75a4 4 0 0 1 0 8H6',
  fork: 'M4 5.2v5.6M4 9.5c0-2 8-1 8-4.3M5.7 3.5a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0ZM5.7 12.5a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0ZM13.7 3.5a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0Z',
  window: 'M6.5 3.5h-4v10h10v-4M9.5 2.5h4v4M13.5 2.5l-6 6',
};

export function icon(name: Icon): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${paths[name]}></path></svg>`;
}
