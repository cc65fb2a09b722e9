// Values to JSON and back: plain JSON as it is, with tags for `undefined`, jobs and failures (J4).
import { SerializationError } from './errors.js';
import { Failure, type FailureData } from './failure.js';

/** Marks an object that the codec wrote in place of a value that JSON does not have. */
const TAG = '$drover';
/** Deeper values are refused: they are cyclic, or would overflow somebody's stack. */
const MAX_DEPTH = 500;

/** A job's method that gives what is stored of it when it is another job's argument or result. */
export const toStoredReference = Symbol('drover.toStoredReference');

/** What is stored of a job inside a value. `args` and `options` only where the job has not been put yet. */
export interface JobReferenceData {
  id: string;
  task: string;
  queue?: string;
  lane?: string;
  args?: unknown[];
  options?: Record<string, unknown>;
  /** Of a job that has not been put: the callbacks that it has from the start. */
  callbacks?: JobReferenceData[];
}

/** Makes a job handle of what was stored of it. */
export type ReviveJob = (reference: JobReferenceData) => unknown;

interface StorableJob {
  [toStoredReference](): JobReferenceData;
}

/**
 * The JSON of `value`. `root` names it in errors, such as `args`.
 * @throws SerializationError, with the path, where the value holds something that would not survive the trip.
 */
export function encode(value: unknown, root: string): string {
  return JSON.stringify(toTree(value, root));
}

/** The tree that `encode` writes, for a value inside another. */
export function toTree(value: unknown, root: string): unknown {
  const form = formOf(value, 0);
  if (form === Form.Refused) throw refusal(value, root) ?? new SerializationError(root, 'cannot be stored');
  return form === Form.Plain ? value : toTagged(value);
}

/** The value of `json`; jobs in it are made by `reviveJob`. */
export function decode(json: string, reviveJob: ReviveJob): unknown {
  const tree: unknown = JSON.parse(json);
  return mayHoldTags(json) ? fromTree(tree, reviveJob) : tree;
}

/** Whether there may be anything but plain JSON in it. */
export function mayHoldTags(json: string): boolean {
  return json.includes(`"${TAG}"`);
}

/** The value of a tree that `toTree` made. */
export function fromTree(tree: unknown, reviveJob: ReviveJob): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (Array.isArray(tree)) return tree.map((item) => fromTree(item, reviveJob));
  const object = tree as Record<string, unknown>;
  switch (object[TAG]) {
    case undefined:
      return mapObject(object, (item) => fromTree(item, reviveJob));
    case 'undefined':
      return undefined;
    case 'job':
      return reviveJob(object['job'] as JobReferenceData);
    case 'failure':
      return Failure.fromJSON(object['failure'] as FailureData);
    case 'object':
      return mapObject(object['value'] as Record<string, unknown>, (item) => fromTree(item, reviveJob));
    default:
      throw new SerializationError(TAG, `is of a kind that this version does not know: ${String(object[TAG])}`);
  }
}

/** Ordered by how much care a value needs. */
const Form = { Plain: 0, Tagged: 1, Refused: 2 } as const;
type Form = (typeof Form)[keyof typeof Form];

/** How `value` can be stored. The common, plain value is looked through once, without building anything. */
function formOf(value: unknown, depth: number): Form {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return Form.Plain;
    case 'number':
      return Number.isFinite(value) ? Form.Plain : Form.Refused;
    case 'undefined':
      return Form.Tagged;
    case 'object':
      return value === null ? Form.Plain : formOfObject(value, depth);
    default:
      return Form.Refused;
  }
}

function formOfObject(value: object, depth: number): Form {
  if (depth > MAX_DEPTH) return Form.Refused;
  if (isJob(value) || value instanceof Failure) return Form.Tagged;
  if (!Array.isArray(value) && !isPlainObject(value)) return Form.Refused;
  let form: Form = Object.hasOwn(value, TAG) ? Form.Tagged : Form.Plain;
  for (const item of Array.isArray(value) ? value : storedItems(value)) {
    const inner = formOf(item, depth + 1);
    if (inner > form) form = inner;
    if (form === Form.Refused) break;
  }
  return form;
}

/** As in all JSON, a property that is undefined is left out. */
function storedItems(object: object): unknown[] {
  return Object.values(object).filter((item) => item !== undefined);
}

/** Also one of another realm, as under jest and in `node:vm`: its prototype is the last one, whichever that is. */
function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The error for the first thing in `value` that cannot be stored. */
function refusal(value: unknown, path: string, depth = 0): SerializationError | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return new SerializationError(path, `is ${value}, which JSON cannot hold`);
  }
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
    return new SerializationError(path, `is a ${typeof value}, which cannot be stored`);
  }
  if (typeof value !== 'object' || value === null || isJob(value) || value instanceof Failure) return undefined;
  if (depth > MAX_DEPTH) {
    return new SerializationError(path.slice(0, 200), `is cyclic, or nested over ${MAX_DEPTH} deep`);
  }
  if (!Array.isArray(value) && !isPlainObject(value)) {
    return new SerializationError(path, `is a ${value.constructor.name || 'class instance'}, which has no codec`);
  }
  for (const [key, item] of Object.entries(value)) {
    const found = refusal(item, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function toTagged(value: unknown): unknown {
  if (value === undefined) return { [TAG]: 'undefined' };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(toTagged);
  if (isJob(value)) return { [TAG]: 'job', job: value[toStoredReference]() };
  if (value instanceof Failure) return { [TAG]: 'failure', failure: value.toJSON() };
  const object = mapObject(value as Record<string, unknown>, (item) =>
    item === undefined ? undefined : toTagged(item),
  );
  return Object.hasOwn(object, TAG) ? { [TAG]: 'object', value: object } : object;
}

function mapObject(object: Record<string, unknown>, map: (item: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, map(item)]));
}

function isJob(value: object): value is StorableJob {
  return toStoredReference in value;
}
