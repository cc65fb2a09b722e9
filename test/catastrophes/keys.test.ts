// Keys among several processes: producers race for them, and dispatchers and producers die (Q8).
import type { Job, WhenTaken } from '@drover/core';
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { endsByJob } from '../kit/events.js';
import { startProgram } from '../kit/process.js';
import { echo, pauseOnce } from '../kit/tasks.js';
import { startWorker } from '../kit/worker.js';

const context = testContext('keys-catastrophes');
const { prefix, redis } = context;
const intervals = { pingInterval: 100, deathInterval: 500 };
const PATIENCE = { timeout: 20_000 };

interface Told {
  key: string;
  id?: string;
  wasThere?: boolean;
  error?: string;
}

it.each<WhenTaken>(['keep', 'replace', 'after', 'refuse'])(
  'Q8 eight processes put jobs of three keys with %s: one of a key runs at a time',
  async (whenTaken) => {
    const name = `race-${whenTaken}`;
    const queue = context.queue(name);
    const dispatcher = await dispatchersIn(context).start(name, { size: 8 });
    const running = new Map<unknown, number>();
    let most = 0;
    dispatcher.on('started', ({ job }) => {
      const [key] = job.args;
      running.set(key, (running.get(key) ?? 0) + 1);
      most = Math.max(most, running.get(key) as number);
    });
    const ended = ({ job }: { job: Job }): void =>
      void running.set(job.args[0], (running.get(job.args[0]) ?? 0) - 1);
    dispatcher.on('completed', ended);
    const options = { prefix, queue: name, count: 30, keys: 3, options: { whenTaken } };
    const env = { PRODUCER_OPTIONS: JSON.stringify(options) };
    const producers = Array.from({ length: 8 }, () =>
      startProgram<Told>('keyed-producer', { env }),
    );
    for (const { exited } of producers) expect((await exited).code).toBe(0);
    const told = producers.flatMap(({ messages }) => messages);
    expect(told).toHaveLength(240);
    const stored = told.filter(({ wasThere }) => wasThere === false).map(({ id }) => id as string);
    expect(new Set(stored).size).toBe(stored.length);
    for (const { id, wasThere, error } of told) {
      if (wasThere) expect(stored).toContain(id);
      if (error !== undefined) expect([error, whenTaken]).toEqual(['BadStatusError', 'refuse']);
    }
    for (const id of stored) await (await queue.get(id))?.wait(PATIENCE);
    const ends = await endsByJob(context, name);
    expect(stored.map((id) => ends.get(id))).toEqual(stored.map(() => 1));
    expect(ends.size).toBe(stored.length);
    // The event of an end comes after the script that lets the next job begin.
    expect(most).toBeLessThanOrEqual(2);
    expect(await redis.exists(`${prefix}:${name}:keys`, `${prefix}:${name}:keys:next`)).toBe(0);
    await dispatcher.deactivate();
  },
);

describe('Q8, I1 the process that runs the job with the key is killed', () => {
  it.each(['run.before-commit', 'commit.after#2'] as const)('at %s', async (point) => {
    const name = point.replace(/[.#]/g, '-');
    const queue = context.queue(name);
    const served = { queues: { [name]: { main: { size: 2 } } }, uuid: newUuid(), ...intervals };
    const first = await queue.put(echo.job(1), { key: 'k' });
    const worker = startWorker({ prefix, ...served }, point);
    expect((await worker.program.exited).signal).toBe('SIGKILL');
    const second = await queue.put(echo.job(2), { key: 'k', whenTaken: 'after' });
    expect(second.wasThere).toBe(false);
    expect((await queue.byKey('k'))?.id).toBe((point === 'commit.after#2' ? second : first).id);
    const next = await dispatchersIn(context).start(name, served);
    expect(await waitForResult(first, PATIENCE)).toBe(1);
    expect(await waitForResult(second, PATIENCE)).toBe(2);
    expect([...(await endsByJob(context, name)).values()]).toEqual([1, 1]);
    expect(await queue.byKey('k')).toBeUndefined();
    await next.deactivate();
  });

  it('while it runs: the key stays, and the next one begins when the job has run again', async () => {
    const name = 'killed';
    const queue = context.queue(name);
    const served = { queues: { [name]: { main: { size: 2 } } }, ...intervals };
    const first = await queue.put(pauseOnce.job(1), { key: 'k' });
    const worker = startWorker({ prefix, ...served, uuid: newUuid() });
    await worker.event('started');
    const second = await queue.put(echo.job(2), { key: 'k', whenTaken: 'after' });
    await worker.end('SIGKILL');
    expect((await queue.put(echo.job(3), { key: 'k', whenTaken: 'after' })).id).toBe(second.id);
    expect((await queue.byKey('k'))?.id).toBe(first.id);
    const sibling = await dispatchersIn(context).start(name, served);
    expect(await waitForResult(first, PATIENCE)).toBe(1);
    expect(await waitForResult(second, PATIENCE)).toBe(2);
    expect((await first.refresh()).interruptions).toBe(1);
    expect(await queue.byKey('k')).toBeUndefined();
    await sibling.deactivate();
  });
});

it.each(['put.before', 'put.after'])(
  'Q8 a producer that died at %s leaves the key to its job, or to none',
  async (point) => {
    const name = `producer-${point.replace('.', '-')}`;
    const queue = context.queue(name);
    const options = { prefix, queue: name, options: { key: 'k' } };
    const env = { PRODUCER_OPTIONS: JSON.stringify(options), DROVER_CRASH_POINT: point };
    expect((await startProgram('producer', { env }).exited).signal).toBe('SIGKILL');
    const job = await queue.put(echo.job(1), { key: 'k' });
    expect([job.wasThere, await queue.length()]).toEqual([point === 'put.after', 1]);
  },
);
