// Queues and dispatchers that can only be read: each call that is not known to read is refused.
import { UnsupportedError, type Dispatchers, type Queue } from '@drover/core';

type Reads<T> = { readonly [K in keyof T]?: true | Reads<T[K]> };

const LIMITS = { list: true, get: true } as const;
const QUEUE: Reads<Queue> = {
  ...{ name: true, prefix: true, get: true, details: true, byKey: true, explain: true },
  ...{ length: true, counts: true, activity: true, unroutable: true, jobs: true, isPaused: true },
  quotas: LIMITS,
  rateLimits: LIMITS,
  schedules: LIMITS,
};
const DISPATCHERS: Reads<Dispatchers> = { list: true, get: true, redis: true };

/** A queue whose dead letters can be listed, and that refuses each call that changes something. */
export function readOnlyQueue(queue: Queue): Queue {
  const letters = queue.deadLetters();
  const deadLetters = () => only(letters, { list: true }, 'deadLetters().');
  return only(queue, QUEUE, 'queue.', { deadLetters });
}

export function readOnlyDispatchers(dispatchers: Dispatchers): Dispatchers {
  return only(dispatchers, DISPATCHERS, 'dispatchers.');
}

/** @param own what it has in the place of members of the target */
function only<T extends object>(
  target: T,
  reads: Reads<T>,
  of: string,
  own: Readonly<Record<string, unknown>> = {},
): T {
  return new Proxy(Object.freeze(Object.create(null)) as T, {
    get(_, key) {
      // `await` looks for `then`.
      if (typeof key === 'symbol' || key === 'then') return undefined;
      if (Object.hasOwn(own, key)) return own[key];
      const may = Object.hasOwn(reads, key) ? reads[key as keyof T] : undefined;
      if (may === undefined) return () => refuse(`${of}${key}`);
      const member = Reflect.get(target, key) as unknown;
      if (typeof member === 'function') return member.bind(target) as unknown;
      if (may === true) return member;
      return only(member as object, may as Reads<object>, `${of}${key}.`);
    },
  });
}

function refuse(call: string): Promise<never> {
  return Promise.reject(new UnsupportedError(`${call}: this view is read-only`));
}
