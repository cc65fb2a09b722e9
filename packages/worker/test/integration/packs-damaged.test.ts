// Packs whose parts a process cannot run, damaged packs, and the removal of packs by retention.
import { defineTask, type Job } from '@drover/core';
import { MAIN_LANE, SYSTEM_LANE } from '@drover/core/internal';
import { parallel, serial } from '@drover/composite';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { gatesByName } from '../../../../test/kit/gate.js';
import { PATIENCE, upTo } from '../../../../test/kit/noted-tasks.js';
import { packsIn } from '../../../../test/kit/packs.js';
import { trimCompleted } from '../../../../test/kit/store.js';
import { echo } from '../../../../test/kit/tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startWorker } from '../../../../test/kit/worker.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('packs-damaged');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
/** Reconcile passes come soon. */
const QUICK = { pingInterval: 200, deathInterval: 1_000 };
const gateOf = gatesByName();
// The worker program defines the kit's tasks, and not these.
const here = defineTask('packs-damaged.here', (value: unknown) => value);
const held = defineTask('packs-damaged.held', async (of: string) => await gateOf(of).opened);
const both = [
  ['parallel', parallel],
  ['serial', serial],
] as const;

it.each(both)(
  'B1 a packed part of a %s goes to a process that knows its task',
  async (kind, compose) => {
    const name = `unknown-${kind}`;
    const parts = upTo(6).map((i) => (i === 2 ? here.job(2) : echo.job(i)) as Job);
    const whole = compose(parts, { packed: true });
    await context.queue(name).put(whole);
    const stranger = startWorker({
      prefix,
      uuid: newUuid(),
      queues: { [name]: { main: { size: 1 } } },
    });
    await stranger.logged('the task \\"packs-damaged.here\\" is not defined in this process');
    if (kind === 'parallel')
      for (const i of [0, 1, 3, 4, 5]) expect(await (parts[i] as Job).wait(PATIENCE)).toBe(i);
    expect((await (parts[2] as Job).refresh()).status).not.toBe('completed');
    await dispatchers.start(name);
    expect(await whole.wait(PATIENCE)).toEqual(upTo(6));
    expect(stranger.events('failed')).toEqual([]);
    for (const part of parts) expect((await part.refresh()).interruptions).toBe(0);
    await stranger.end('SIGTERM');
  },
);

const damages: Record<string, (pack: string) => Promise<unknown>> = {
  'data that are not JSON': (pack) => redis.hset(pack, 'data', '[["a'),
  'data that are no array': (pack) => redis.hset(pack, 'data', '{"to":"x"}'),
  'data of wrong types': (pack) => redis.hset(pack, 'data', '[[1,2,3]]'),
  'data of an empty array': (pack) => redis.hset(pack, 'data', '[]'),
  'no data': (pack) => redis.hdel(pack, 'data'),
  'no name': (pack) => redis.hdel(pack, 'name'),
  'a parent that is not JSON': (pack) => redis.hset(pack, 'parent', '{"id'),
  'nothing under its id': (pack) => redis.del(pack),
  'a list under its id': async (pack) => {
    await redis.del(pack);
    await redis.rpush(pack, 'x');
  },
  'values of another type': (pack) => redis.set(`${pack}:values`, 'x'),
  'an index of another type': async (pack) => {
    const index = pack.replace(/[^:]*$/, 'packs');
    await redis.del(index);
    await redis.set(index, 'x');
  },
  'counts of another type': async (pack) => {
    const counts = pack.replace(/[^:]*$/, 'unfinished-packs');
    await redis.del(counts);
    await redis.set(counts, 'x');
  },
};

describe.each(Object.entries(damages))('%s', (what, damage) => {
  it.each(both)(
    'B1 a damaged pack of a %s stops no dispatcher, and is seen',
    async (kind, compose) => {
      const name = `${kind} ${what}`.replace(/\W+/g, '-');
      const queue = context.queue(name);
      const whole = compose(
        upTo(6).map((i) => here.job(i) as Job),
        { packed: true },
      );
      await queue.putAll([whole, held.job(name)] as Job[]);
      const dispatcher = await dispatchers.start(name, { size: 1, ...QUICK });
      await eventually(async () => (await packsIn(context, name)).length === 1);
      await eventually(() => dispatcher.activeJobs().some(({ task }) => task === held.name));
      const [pack] = await packsIn(context, name);
      await damage(`${prefix}:${name}:${pack}`);
      gateOf(name).open();
      expect(await (await queue.put(here.job('next'))).wait(PATIENCE)).toBe('next');
      // The queue can be listed and read.
      await queue.length();
      await queue.jobs({ status: ['new', 'pending', 'active', 'completed'] });
      for (const part of whole.jobs) await queue.get(part.id);
      await eventually(async () => (await redis.llen(`${prefix}:${name}:active`)) === 0);
      const isEnded = async (): Promise<boolean> => (await whole.refresh()).status === 'completed';
      // It ends all the same, or the pack is set aside, and it ends when the pack is dropped.
      await eventually(
        async () => (await isEnded()) || (await queue.deadLetters().list()).length > 0,
      );
      for (const { id, reason } of await queue.deadLetters().list()) {
        expect(reason).not.toBe('unknown');
        await queue.deadLetters().drop(id);
      }
      await whole.wait(PATIENCE).catch(() => {});
      expect(await isEnded()).toBe(true);
      await dispatcher.deactivate();
    },
  );
});

const trim = async (queue: string): Promise<number> =>
  await trimCompleted(redis, prefix, queue, [SYSTEM_LANE, MAIN_LANE], { age: Infinity, count: 0 });

/** The keys of a queue but those that a queue keeps without any job. */
const keysOf = async (queue: string): Promise<string[]> =>
  (await redis.keys(`${prefix.replace(/[{}]/g, '?')}:${queue}*`)).filter(
    (key) => !/:(meta|events|id|lanes|marker|retention)$/.test(key),
  );

it.each(both)(
  'J9 packs of a %s go with their composite, with all their keys',
  async (kind, compose) => {
    const name = `trimmed-${kind}`;
    const queue = context.queue(name);
    const opened = compose(
      upTo(40).map((i) => here.job(i) as Job),
      { packed: true },
    );
    const others = upTo(80).map((i) => here.job(i));
    const closed = compose(
      [
        ...upTo(40).map((i) => here.job(i)),
        compose(
          upTo(5).map((i) => here.job(i) as Job),
          { packed: true },
        ),
      ] as Job[],
      { packed: true },
    );
    await queue.putAll([opened, closed, ...others] as Job[]);
    const dispatcher = await dispatchers.start(name, { size: 1 });
    await opened.wait(PATIENCE);
    await closed.wait(PATIENCE);
    const callback = await (opened.jobs[3] as Job).addCallback(here.job(1) as Job);
    await callback.wait(PATIENCE);
    expect((await packsIn(context, name)).length).toBeGreaterThan(0);
    await eventually(
      async () => (await queue.jobs({ status: ['active', 'pending', 'callbacks'] })).length === 0,
    );
    await dispatcher.deactivate();
    await trim(name);
    for (const job of [opened, ...opened.jobs, closed, ...closed.jobs])
      expect(await queue.get(job.id)).toBeUndefined();
    expect(await packsIn(context, name)).toEqual([]);
    expect(await keysOf(name)).toEqual([]);
  },
);
