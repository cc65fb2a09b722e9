// Checks the limits that jobs name, before a put: quotas and rate limits alike (Q5, Q9).
import { InvalidArgumentError } from '../../errors.js';
import { describeValue } from '../../lib/describe-value.js';
import { keyedQuotaOf } from '../../lib/names.js';
import type { LaneKeys } from '../../store/bullmq/keys.js';
import type { UseStore } from '../../store/bullmq/queue-access.js';

/** A kind of limit. */
export interface LimitKind {
  what: 'quota' | 'rate limit';
  /** The option of a put that names such limits. */
  option: 'quotas' | 'rateLimits';
  /** The hash with the limits of a queue. One with keys has a slash at the end of its name. */
  keyIn: (keys: LaneKeys) => string;
  Unknown: new (message: string) => Error;
}

/** The limits of one kind of a queue. */
export interface LimitsOf {
  kind: LimitKind;
  queue: string;
}

/**
 * The names are not cached: Redis may have lost a limit in a restart or failover, and a job that
 * names it would fail when it is claimed.
 * @throws the error of the kind for a limit that the queue does not have; InvalidArgumentError for
 *   one with keys that is named without one, or the other way round
 */
export async function checkNamed(
  of: LimitsOf,
  use: UseStore,
  names: Iterable<string>,
): Promise<void> {
  const all = [...new Set([...names].map((name) => keyedQuotaOf(name) ?? name))];
  if (all.length === 0) return;
  const others = all.map((name) => (name.endsWith('/') ? name.slice(0, -1) : `${name}/`));
  const found = await use(({ client, keys }) =>
    client.hmget(of.kind.keyIn(keys), ...all, ...others),
  );
  for (const [i, stored] of all.entries()) {
    if (found[i] !== null) continue;
    const isKeyed = stored.endsWith('/');
    const name = isKeyed ? stored.slice(0, -1) : stored;
    throw found[all.length + i] === null
      ? unknownLimit(of, name, isKeyed)
      : otherKind(of, name, isKeyed);
  }
}

/** @param isKeyed whether it was named with a key */
export function unknownLimit({ kind, queue }: LimitsOf, name: string, isKeyed = false): Error {
  const how = isKeyed ? ', with { keyed: true }' : '';
  return new kind.Unknown(
    `the queue ${queue} has no ${kind.what} ${describeValue(name)}: create it first${how}`,
  );
}

function otherKind({ kind, queue }: LimitsOf, name: string, isKeyed: boolean): Error {
  const limit = `the ${kind.what} ${describeValue(name)} of ${queue}`;
  return new InvalidArgumentError(
    isKeyed
      ? `${limit} has no keys: name it without one, ${kind.option}: [${describeValue(name)}]`
      : `${limit} has keys: name one of them, as ${kind.option}: [${describeValue(`${name}/acme`)}]`,
  );
}
