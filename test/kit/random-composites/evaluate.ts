// The result that a random composite must have, evaluated in memory: its result, and how often each
// of its jobs runs.
import type { Group, Shape } from './shapes.js';

/** A result as it is compared: a failure is only that. */
export type Value = number | string | Value[];
export const FAILURE = 'failure';

/** By number: a job that runs exactly once, at most once, or never. */
export type Runs = Map<number, 'once' | 'perhaps' | 'never'>;

export interface Expected {
  result: Value;
  runs: Runs;
  /** Rows of groups of jobs: all of a group have run before the first of the next one does. */
  rows: number[][][];
}

export function evaluate(shape: Shape): Expected {
  const expected: Omit<Expected, 'result'> = { runs: new Map(), rows: [] };
  return { result: run(shape, expected, 'once'), ...expected };
}

type How = 'once' | 'perhaps' | 'never';

function run(shape: Shape, expected: Omit<Expected, 'result'>, how: How): Value {
  const { runs } = expected;
  // A callback is promised: that of a job which is taken back before it has begun runs all the
  // same, once it was stored.
  if (shape.callback !== undefined) runs.set(shape.callback, how === 'never' ? 'perhaps' : how);
  if (shape.kind === 'serial' || shape.kind === 'parallel') return runGroup(shape, expected, how);
  runs.set(shape.tag, how);
  if (shape.kind === 'returns') return run(shape.then as Shape, expected, how);
  return shape.kind === 'fails' ? FAILURE : shape.tag;
}

function runGroup(group: Group, { runs, rows }: Omit<Expected, 'result'>, how: How): Value {
  const { kind, postprocess, stops } = group;
  const parts = withAppended(group);
  const firstFailing = stops
    ? parts.findIndex((part) => run(part, { runs: new Map(), rows: [] }, 'never') === FAILURE)
    : -1;
  const groups: number[][] = [];
  /** As `run`, and notes which jobs run in it for certain. */
  const runPart = (part: Shape, howPart: How): Value => {
    const own: Runs = new Map();
    const result = run(part, { runs: own, rows }, howPart);
    groups.push([...own].flatMap(([tag, howOne]) => (howOne === 'once' ? [tag] : [])));
    for (const [tag, howOne] of own) runs.set(tag, howOne);
    return result;
  };
  const results = parts.map((part, i) => runPart(part, howOf(kind, i, firstFailing, how)));
  if (kind === 'serial') rows.push([...groups]);
  const ofParts = groups.flat();
  const isStopped = firstFailing >= 0;
  if (!postprocess) return isStopped ? FAILURE : results;
  const after = isStopped ? 'never' : how;
  if (postprocess.kind !== 'gathers') {
    const result = runPart(postprocess, after);
    rows.push([ofParts, groups.at(-1) ?? []]);
    return isStopped ? FAILURE : result;
  }
  runs.set(postprocess.tag, after);
  if (after === 'once') rows.push([ofParts, [postprocess.tag]]);
  return isStopped ? FAILURE : ['gathered', ...results];
}

/**
 * In the order in which they are results: those given, those appended before it starts, those
 * appended by a part.
 */
function withAppended({ parts, before = [] }: Group): Shape[] {
  const added = parts.flatMap((part) => (part.kind === 'appends' ? (part.adds ?? []) : []));
  return [...parts, ...before, ...added];
}

/**
 * In a row what comes after the failing part never runs; side by side it may have been faster, and
 * another may fail first.
 */
function howOf(kind: Group['kind'], i: number, firstFailing: number, how: How): How {
  if (firstFailing < 0 || how === 'never') return how;
  if (kind === 'parallel') return 'perhaps';
  return i <= firstFailing ? how : 'never';
}
