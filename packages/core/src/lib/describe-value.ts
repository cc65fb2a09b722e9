// Describes any value of the user for an error (B2).
import { textOf } from './careful.js';

const MOST = 80;

/**
 * A string is cut after 80 characters. Of an object, a function or a symbol only the type is shown:
 * it may be large, a secret, or throw when it is read.
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(textOf(value, MOST));
    case 'object':
      return value === null ? 'null' : 'an object';
    case 'function':
    case 'symbol':
      return `a ${typeof value}`;
    default:
      return textOf(value, MOST) ?? typeof value;
  }
}
