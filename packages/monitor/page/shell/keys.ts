// The keys of the page. A key in a field, in a dialog, or with Ctrl, Alt or Meta is not the page's.
import { signal } from '@preact/signals';
import { go } from '../route/route.js';
import { SEARCH } from './search.js';

export const KEYS = [
  ['/', 'look for a job'],
  ['g o', 'go to the overview'],
  ['g q', 'go to the queues'],
  ['g d', 'go to the dispatchers'],
  ['?', 'show these keys'],
  ['Esc', 'close a dialog; leave the search'],
] as const;

export const areKeysShown = signal(false);

const PLACES: Readonly<Record<string, readonly string[]>> = {
  o: [],
  q: ['queues'],
  d: ['dispatchers'],
};

/** Ms between the two keys of a pair. */
const PAIR = 1_500;

export function listenToKeys(): void {
  let wentAt = -Infinity;
  addEventListener('keydown', (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (target instanceof HTMLElement && isField(target)) {
      if (key === 'Escape' && target.id === SEARCH) target.blur();
      return;
    }
    if (document.querySelector('dialog[open]')) return;
    const place = event.timeStamp - wentAt < PAIR ? PLACES[key] : undefined;
    wentAt = key === 'g' ? event.timeStamp : -Infinity;
    if (place) go(place);
    else if (key === '?') areKeysShown.value = true;
    else if (key === '/') document.getElementById(SEARCH)?.focus();
    else return;
    // Else the slash would be typed into the field.
    event.preventDefault();
  });
}

function isField(element: HTMLElement): boolean {
  return element.matches('input:not([type=checkbox]), textarea, select');
}
