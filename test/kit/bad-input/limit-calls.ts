// Calls on the quotas and rate limits of a queue that are given anything (B2).
import type { Queue } from '@drover/core';
import { same, type Calls } from './given.js';

export function limitCalls(queue: Queue): Calls {
  return {
    'quotas.create': async ({ name, value }) => {
      await queue.quotas.create(name, typeof value === 'number' ? value : 1);
      same('the name of a quota', (await queue.quotas.get(name))?.name, name);
      await queue.quotas.remove(name);
    },
    'quotas.create, keyed': async ({ name, value }) => {
      await queue.quotas.create('keyed', 1, value as object);
      await queue.quotas.create('keys', 1, { keyed: true });
      // Not each value has a text.
      const key = typeof name === 'string' ? `keys/${name}` : name;
      same('the name of a key', (await queue.quotas.get(key))?.name, key);
    },
    'quotas.create, size': async ({ value }) =>
      await queue.quotas.create('size', value).then(() => queue.quotas.remove('size')),
    'quotas.resize': async ({ name, value }) => await queue.quotas.resize(name, value),
    'quotas.remove': async ({ name }) => await queue.quotas.remove(name),
    'quotas.get': async ({ name }) => await queue.quotas.get(name),
    'rateLimits.create': async ({ name, value }) => {
      await queue.rateLimits.create(name, { max: 1, duration: value });
      same('the name of a rate limit', (await queue.rateLimits.get(name))?.name, name);
      await queue.rateLimits.remove(name);
    },
    'rateLimits.create, options': async ({ value }) =>
      await queue.rateLimits
        .create('options', value)
        .then(() => queue.rateLimits.remove('options')),
    'rateLimits.create, max': async ({ value }) =>
      await queue.rateLimits
        .create('max', { max: value, duration: 1 })
        .then(() => queue.rateLimits.remove('max')),
    'rateLimits.resize': async ({ name, value }) => await queue.rateLimits.resize(name, value),
    'rateLimits.remove': async ({ name }) => await queue.rateLimits.remove(name),
    'rateLimits.get': async ({ name }) => await queue.rateLimits.get(name),
  };
}
