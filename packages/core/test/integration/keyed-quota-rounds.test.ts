// Many tenants, each with a few jobs: they take turns in rounds, and nothing is left of them (Q9).
import { isNightly } from '../../../../test/kit/nightly.js';
import { testContext } from '../../../../test/kit/context.js';
import type { ClaimedJob } from '@drover/core/internal';
import { keyedQueue, nameOf, of } from './keyed-quota-runs.js';

const context = testContext('keyed-quota-rounds');
const { redis, prefix } = context;
const TENANTS = isNightly ? 10_000 : 400;
const JOBS = 3;
/** So many jobs are claimed at a time, as by several agents. */
const AT_ONCE = 40;

const keys = async () =>
  (await redis.keys(`${prefix}:rounds:*`)).filter((key) => !/:[0-9a-f-]{36}/.test(key)).sort();

it('Q9 many tenants take turns to within one round, and leave nothing', async () => {
  const [queue, { claim, store, complete }] = await keyedQueue(context, 'rounds', 2);
  const runs = new Map<string, number>();
  /** How many tenants have begun so many jobs, and not all of theirs. */
  const left = Array.from({ length: JOBS }, () => 0);
  left[0] = TENANTS;
  const begin = (key: string) => {
    const before = runs.get(key) ?? 0;
    runs.set(key, before + 1);
    left[before] = (left[before] ?? 0) - 1;
    if (before + 1 < JOBS) left[before + 1] = (left[before + 1] ?? 0) + 1;
    const behind = left.findIndex((count) => count > 0);
    return behind === -1 ? 0 : before + 1 - behind;
  };

  const runAll = async () => {
    let most = 0;
    for (;;) {
      const claims = (await Promise.all(Array.from({ length: AT_ONCE }, claim))).filter(
        (found) => found !== undefined,
      ) as ClaimedJob[];
      if (claims.length === 0) return most;
      const taken = await Promise.all(claims.map((one) => store.takeSlots(one)));
      const begun = claims.filter((_, i) => taken[i] === 'taken');
      for (const one of begun) most = Math.max(most, begin(nameOf(one)));
      await Promise.all(begun.map((one) => complete(one, 1)));
    }
  };

  // The first job of a lane leaves a few keys for ever.
  left[0] += 1;
  await queue.put(of('first', 'first'));
  for (let job = 1; job < JOBS; job++) await queue.put(of('first', 'first'));
  await runAll();
  const before = await keys();
  runs.clear();
  // One tenant after another puts all of its jobs.
  await queue.putAll(
    Array.from({ length: TENANTS * JOBS }, (_, i) => {
      const tenant = `tenant ${Math.floor(i / JOBS)}`;
      return of(tenant, tenant);
    }),
  );
  expect(await runAll()).toBe(1);
  expect([runs.size, [...runs.values()].every((count) => count === JOBS)]).toEqual([TENANTS, true]);
  expect(await keys()).toEqual(before);
}, 600_000);
