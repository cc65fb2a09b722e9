// Reads values that a user types: numbers, times, JSON.
import { msIn } from '../text/words.js';
import { WrongUse } from './command.js';

/** A whole number, from `least`. @throws WrongUse */
export function numberIn(option: string, text: unknown, least = 1): number {
  const number = Number(text);
  if (typeof text === 'string' && /^\d+$/.test(text) && number >= least) return number;
  throw new WrongUse(`${option} takes a whole number, from ${least}`);
}

/** Ms, of a time such as '500ms', '1s' or '5m'. @throws WrongUse */
export function spanIn(option: string, text: unknown): number {
  const ms = typeof text === 'string' ? msIn(text) : undefined;
  if (ms !== undefined && ms > 0) return ms;
  throw new WrongUse(`${option} takes a time: 500ms, 30s, 5m, 2h or 1d`);
}

/** @throws WrongUse */
export function jsonIn(what: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new WrongUse(`${what}: this is no JSON`);
  }
}

/** The arguments of a task. @throws WrongUse */
export function argumentsIn(text: string): unknown[] {
  const given = jsonIn('the arguments', text);
  if (Array.isArray(given)) return given as unknown[];
  throw new WrongUse(`the arguments are an array: '["a.png", 100]'`);
}
