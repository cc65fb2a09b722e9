// The changes of a job that is pending (Q12): checks those that users give, and applies them.
import { InvalidArgumentError } from '../errors.js';
import { checkOptions } from '../lib/unknown-options.js';
import { traceparentIn, withTraceparent } from './meta.js';
import { toStoredOptions, type JobOptions, type StoredJobOptions } from './job-options.js';

/** Options that a job keeps, and what to do instead of a change. */
const KEPT = {
  lane: 'a job stays in its lane: remove it, and put it into the other one',
  key: 'a job keeps its key: remove it, and put it with the other one',
  whenTaken: 'it is about the put of the job',
  until: 'a job keeps its key for as long as its put has said',
} satisfies Partial<Record<keyof JobOptions, string>>;

/** The options that can be changed: all but those that a job keeps. */
type Changeable = Omit<JobOptions, keyof typeof KEPT>;

/** The changes that `update` can make. An option that is left out, or undefined, stays. */
export type JobUpdate = {
  /** All of its arguments. Default: they stay. */
  args?: readonly unknown[] | undefined;
} & {
  /** `null`: the job has the option no more. */
  [Option in keyof Changeable]?: Changeable[Option] | null;
};

/** Checked changes of a job. */
interface CheckedUpdate {
  args: readonly unknown[] | undefined;
  /** New values of options. */
  options: JobOptions;
  /** The options that it has no more. */
  unset: readonly string[];
}

/** The same, as it is stored. */
export interface StoredUpdate {
  /** The JSON of all of its arguments. */
  args: string | undefined;
  set: StoredJobOptions;
  unset: readonly string[];
}

/**
 * The answer to changing a pending job: its options afterwards, undefined where they were not
 * changed; or the reason why nothing is changed. 'begun': its arguments are fixed since its first
 * run; 'ending': it has a verdict; 'unknown': it is not stored.
 */
export type Update =
  | { options: StoredJobOptions | undefined }
  | 'not pending'
  | 'begun'
  | 'ending'
  | 'dead letter'
  | 'damaged'
  | 'unknown';

/** @throws InvalidArgumentError, which names what is wrong */
export function checkUpdate(changes: JobUpdate): CheckedUpdate {
  checkOptions('update', changes);
  const { args, ...others } = changes;
  if (args !== undefined && !Array.isArray(args))
    throw new InvalidArgumentError('args must be an array: all arguments of the job');
  const given = Object.entries(others);
  for (const [name] of given) {
    if (!Object.hasOwn(KEPT, name)) continue;
    throw new InvalidArgumentError(
      `update has no option "${name}": ${KEPT[name as keyof typeof KEPT]}`,
    );
  }
  const unset = given.flatMap(([name, value]) => (value === null ? [name] : []));
  const options: JobOptions = Object.fromEntries(
    given.map(([name, value]) => [name, value ?? undefined]),
  );
  // Names of options that are to go are checked too.
  const set = toStoredOptions(options, 0, 'update');
  if (args === undefined && unset.length === 0 && Object.keys(set).length === 0)
    throw new InvalidArgumentError('update needs a change: { args }, or options of the job');
  return { args, options, unset };
}

/** The options after a change. The job keeps its trace context. */
export function updatedOptions(
  current: StoredJobOptions,
  { set, unset }: Pick<StoredUpdate, 'set' | 'unset'>,
): StoredJobOptions {
  const changed = { ...current, ...set };
  for (const name of unset) delete changed[name as keyof StoredJobOptions];
  const traceparent = traceparentIn(current.meta);
  if (traceparent !== undefined) changed.meta = withTraceparent(changed.meta ?? {}, traceparent);
  return changed;
}

/** Whether it changes options, and not only arguments. */
export function changesOptions({ set, unset }: Pick<StoredUpdate, 'set' | 'unset'>): boolean {
  return unset.length > 0 || Object.keys(set).length > 0;
}
