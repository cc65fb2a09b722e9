// Annotations: what anybody writes down on a job, by name, for others to see.
import { decode, encode } from './codec.js';
import { withinSize } from './data-size.js';
import { InvalidArgumentError } from './errors.js';
import type { JobHome } from './job-home.js';
import { ownRun } from './run-context.js';
import type { StoredJob } from './store/store.js';
import { isText } from './names.js';
import { shown } from './shown.js';

type Revive = JobHome['revive'];

/** @throws InvalidArgumentError unless it can name an annotation */
export function checkAnnotationName(name: unknown): asserts name is string {
  if (typeof name === 'string' && name !== '' && isText(name)) return;
  throw new InvalidArgumentError(
    'the name of an annotation must be a string of whole characters that is not empty',
  );
}

/** @throws InvalidArgumentError for a bad name; SerializationError; DataTooLargeError. */
export function annotationJson(name: string, value: unknown, { maxDataBytes }: JobHome): string {
  checkAnnotationName(name);
  return withinSize(
    encode(value, `annotations.${name.slice(0, 80)}`),
    maxDataBytes,
    () => `the annotation ${shown(name)}`,
  );
}

/**
 * Writes an annotation down on a stored job; a task that annotates its own job does it as that run
 * (I5).
 */
export async function annotateStored(
  { id, lane, home }: { id: string; lane: string; home: JobHome },
  name: string,
  value: unknown,
): Promise<void> {
  const json = annotationJson(name, value, home);
  const run = ownRun(id, home.isImmediate);
  if (run) await run.store.annotate(name, json);
  else await home.annotate(id, lane, name, json);
}

/** An annotation as it was read; undefined where there is none of that name. */
export function annotationOf(
  { annotations = {} }: StoredJob,
  name: string,
  revive: Revive,
): { value: unknown } | undefined {
  const json = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
  return json === undefined ? undefined : { value: decode(json, revive) };
}

/** All annotations as they were read. */
export function annotationsOf(
  { annotations = {} }: StoredJob,
  revive: Revive,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(annotations).map(([name, json]) => [name, decode(json, revive)]),
  );
}
