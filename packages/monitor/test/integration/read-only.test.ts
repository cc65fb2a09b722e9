// A view that is read-only: its queues and dispatchers refuse each call that is not known to read.
import { UnsupportedError } from '@drover/core';
import { FleetView } from '@drover/monitor';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';

const { redisUrl: connection, prefix } = testContext('read-only');
const view = new FleetView({ connection, prefix, readOnly: true });
cleanUpLater(() => view.close());
const open = new FleetView({ connection, prefix });
cleanUpLater(() => open.close());

/** The methods of an object, those of its classes too. */
function methodsOf(target: object): string[] {
  const names = new Set<string>();
  for (let of = target; of !== Object.prototype; of = Object.getPrototypeOf(of) as object)
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(of)))
      if (typeof value === 'function' && name !== 'constructor') names.add(name);
  return [...names].sort();
}

const LIMITS = ['get', 'list'];

it.each([
  [
    'a queue',
    open.queue('work'),
    view.queue('work'),
    [
      ...['activity', 'byKey', 'counts', 'deadLetters', 'details', 'explain', 'get', 'isPaused'],
      ...['jobs', 'length', 'unroutable'],
    ],
  ],
  ['quotas', open.queue('work').quotas, view.queue('work').quotas, LIMITS],
  ['rate limits', open.queue('work').rateLimits, view.queue('work').rateLimits, LIMITS],
  ['schedules', open.queue('work').schedules, view.queue('work').schedules, LIMITS],
  ['dead letters', open.queue('work').deadLetters(), view.queue('work').deadLetters(), ['list']],
  ['dispatchers', open.dispatchers, view.dispatchers, ['get', 'list', 'redis']],
])('B2 %s refuse each call but those that read', async (_, full, shown, reads) => {
  const methods = methodsOf(full);
  expect(methods).toEqual(expect.arrayContaining(reads));
  const others = methods.filter((name) => !reads.includes(name));
  expect(others.length).toBeGreaterThan(0);
  for (const name of others) {
    const call = Reflect.get(shown, name) as (...args: string[]) => Promise<unknown>;
    await expect(Promise.resolve(call('a', 'b'))).rejects.toThrow(UnsupportedError);
  }
});

it('B2 what reads works, and its members cannot be changed', async () => {
  const queue = view.queue('work');
  expect(queue.name).toBe('work');
  expect([await queue.length(), await queue.quotas.list()]).toEqual([0, []]);
  expect(await queue.deadLetters().list()).toEqual([]);
  expect(() => Object.assign(queue, { pause: () => undefined })).toThrow(TypeError);
});
