// What somebody gave, as an error may show it: short, and whatever it is (B2).
import { textOf } from './careful.js';

const MOST = 80;

/**
 * A text as it is, up to its first 80 characters; of what is no text, what it is: it may be large,
 * a secret, or not to be read.
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > MOST ? `${value.slice(0, MOST)}…` : value);
    case 'object':
      return value === null ? 'null' : 'an object';
    case 'function':
    case 'symbol':
      return `a ${typeof value}`;
    default:
      return textOf(value, MOST) ?? typeof value;
  }
}
