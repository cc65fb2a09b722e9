// Names and texts of anything that was thrown. No function here throws, for the reason that
// careful.ts gives.
import { classNamesOf, hasOwn, isError, propertyOf, textOf, UNREADABLE } from './careful.js';

/** In characters, of a message or a stack: JSON of more than 512 MB cannot be made. */
export const MAX_TEXT = 1_000_000;
/** In characters, of a name or a code. */
export const MAX_NAME = 1_000;
/** How many classes of one error are named. */
export const MAX_CLASSES = 10;

/** The native classes of errors, by name, but for Error and AggregateError. */
export const NATIVE_ERRORS = new Map<string, ErrorConstructor>(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((native) => [
    native.name,
    native,
  ]),
);
const NATIVE_NAMES = new Set(['Error', 'AggregateError', ...NATIVE_ERRORS.keys()]);

/** The names of an error's class and of the classes above it, without `Error`. */
export function errorClassesOf(error: Error): string[] {
  const names = classNamesOf(error);
  const end = names.findIndex((name) => name === 'Error' || name === 'Object');
  return names
    .slice(0, end === -1 ? undefined : end)
    .filter((name) => name !== '')
    .slice(0, MAX_CLASSES)
    .map((name) => name.slice(0, MAX_NAME));
}

/**
 * The name of an error. A class that sets no name inherits that of a native class: then the name of
 * the class itself, `ownClass`, says more.
 */
export function nameOfError(error: Error, [ownClass]: readonly string[]): string {
  const name = textOfProperty(error, 'name', MAX_NAME);
  const isInherited = name !== undefined && NATIVE_NAMES.has(name) && !hasOwn(error, 'name');
  return (isInherited ? ownClass : undefined) ?? name ?? ownClass ?? 'Error';
}

export function messageOfError(error: Error): string {
  return (
    textOfProperty(error, 'message', MAX_TEXT) ?? 'its message cannot be read: reading it throws'
  );
}

/** The message for a value that was thrown and is no error. */
export function messageOfOther(thrown: unknown): string {
  return `thrown: ${printable(thrown)}`;
}

/** Name and message of anything that was thrown, in one text. */
export function textOfThrown(thrown: unknown): string {
  return isError(thrown)
    ? `${nameOfError(thrown, errorClassesOf(thrown))}: ${messageOfError(thrown)}`
    : `Error: ${messageOfOther(thrown)}`;
}

function textOfProperty(error: Error, key: string, most: number): string | undefined {
  const value = propertyOf(error, key);
  return value === UNREADABLE ? undefined : textOf(value, most);
}

function printable(value: unknown): string {
  try {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (text !== undefined) return textOf(text, MAX_TEXT) as string;
  } catch {
    // It has no JSON.
  }
  return textOf(value, MAX_TEXT) ?? 'what cannot be read, since reading it throws';
}
