// Annotations: named values that a run or another process writes on a job, for others to read.
import { decode, encode } from '../codec/codec.js';
import { withinSize } from '../codec/data-size.js';
import { InvalidArgumentError } from '../errors.js';
import type { JobGateway } from './job-gateway.js';
import { ownRun } from './run-context.js';
import type { StoredJob } from '../model/records.js';
import { isText } from '../lib/names.js';
import { describeValue } from '../lib/describe-value.js';

type Revive = JobGateway['revive'];

/** @throws InvalidArgumentError where `name` is no string, is empty, or has half characters */
export function checkAnnotationName(name: unknown): asserts name is string {
  if (typeof name === 'string' && name !== '' && isText(name)) return;
  throw new InvalidArgumentError(
    'the name of an annotation must be a string of whole characters that is not empty',
  );
}

/** @throws InvalidArgumentError for a bad name; SerializationError; DataTooLargeError. */
export function annotationJson(name: string, value: unknown, { maxDataBytes }: JobGateway): string {
  checkAnnotationName(name);
  return withinSize(
    encode(value, `annotations.${name.slice(0, 80)}`),
    maxDataBytes,
    () => `the annotation ${describeValue(name)}`,
  );
}

/**
 * Writes an annotation on a stored job. A task that annotates its own job writes under the token of
 * its run, so that a run that has lost the job writes nothing (I5).
 */
export async function annotateStored(
  { id, lane, gateway }: { id: string; lane: string; gateway: JobGateway },
  name: string,
  value: unknown,
): Promise<void> {
  const json = annotationJson(name, value, gateway);
  const run = ownRun(id, gateway.isImmediate);
  if (run) await run.store.annotate(name, json);
  else await gateway.annotate(id, lane, name, json);
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
