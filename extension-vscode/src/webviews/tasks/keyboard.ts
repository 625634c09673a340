import type { Hands } from './view';

const typing = 'vscode-textfield, vscode-textarea, select';
const cardsIn = (root: ParentNode): readonly HTMLElement[] => [...root.querySelectorAll<HTMLElement>('.card')];

/** Arrow keys, Home and End go from card to card; Escape folds the card and stays at what unfolds it. */
export function keyOnCards(event: KeyboardEvent, unfolded: readonly string[], hands: Hands): void {
  const target = event.target as HTMLElement;
  const card = target.closest<HTMLElement>('.card');
  const id = card?.dataset['taskId'];
  if (card === null || id === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === 'Escape' && unfolded.includes(id)) {
    card.querySelector('summary')?.focus();
    hands.fold(id);
    event.preventDefault();
    return;
  }

  if (target.closest(typing) !== null) return;
  const cards = cardsIn(event.currentTarget as HTMLElement);
  const at = cards.indexOf(card);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: cards.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  cards[next]?.focus();
}

/** Draws, and leaves the keyboard where it was: on the same element wherever that went, or on its card where the element is gone. */
export function keepingFocus(document: Document, draw: () => void): void {
  const focused = document.activeElement;
  const id = focused?.closest<HTMLElement>('.card')?.dataset['taskId'];
  draw();
  if (id === undefined || document.activeElement === focused || !(focused instanceof HTMLElement)) return;
  const stays = focused.isConnected ? focused : cardsIn(document).find(card => card.dataset['taskId'] === id);
  stays?.focus({ preventScroll: true });
}
