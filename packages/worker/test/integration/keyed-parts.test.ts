// Keys of parts of composites: a part whose key is taken gets the result of the job that has it
// (Q8).
import { defineTask, local, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { trimCompleted } from '../../../../test/kit/store.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';
import { fails, gateOf, held, holds, putHeld, quick, started, untilActive } from './keyed-tasks.js';

const context = testContext('keyed-parts');
const dispatchers = dispatchersIn(context);
const NAME = 'parts';
const queue = context.queue(NAME);
const RECONCILED = { pingInterval: 100, deathInterval: 400 };
beforeAll(() => dispatchers.start(NAME, RECONCILED));

type New = Job<unknown, []>;
const last = defineTask('keyedParts.last', (...jobs: Job[]) => jobs.map((job) => job.result));
const twice = defineTask('keyedParts.twice', (name: string) => {
  if (local.fence === 1) throw new RangeError('the first time');
  return name;
});
/** A task that runs `body`. */
function task<R>(name: string, body: () => R): New {
  return defineTask(`keyedParts.${name}`, body).job() as New;
}
describe('Q8, J5 a part whose key is taken', () => {
  const shapes: [string, (part: New) => New][] = [
    ['of a parallel', (part) => parallel([quick.job('a'), part, quick.job('c')]) as New],
    ['of a serial', (part) => serial([quick.job('a'), part, quick.job('c')]) as New],
    ['first of a serial', (part) => serial([part, quick.job('c')]) as New],
    [
      'in a nested composite',
      (part) => serial([quick.job('a'), parallel([part]), quick.job('c')]) as New,
    ],
    [
      'with a postprocess',
      (part) => parallel([quick.job('a'), part], { postprocess: last.job() as never }) as New,
    ],
    ['in another lane', (part) => parallel([part.with({ lane: 'side' }), quick.job('c')]) as New],
  ];
  beforeAll(() =>
    dispatchers.start(NAME, { ...RECONCILED, queues: { [NAME]: { side: { lanes: ['side'] } } } }),
  );

  it.each(shapes)('%s gets the result of the job that has it', async (shape, make) => {
    const key = shape.replaceAll(' ', '-');
    await putHeld(queue, key);
    const part = holds(key);
    const composite = (await queue.put(make(part))) as Job;
    await untilActive(queue, part);
    gateOf(key).open();
    expect(JSON.stringify(await composite.wait())).toContain(key);
    expect(await part.wait()).toBe(key);
    expect(started).not.toContain(`not ${key}`);
  });

  it('C2 fails with the failure of that job', async () => {
    await queue.put(fails.job('bad'), { key: 'bad', beginAfter: 200 });
    const part = holds('bad');
    const composite = await queue.put(serial([part], { onFailure: 'stop' }));
    await expect(composite.wait()).rejects.toThrow('bad failed');
    await expect(part.wait()).rejects.toThrow('bad failed');
  });

  it('J12 fails where that job is removed', async () => {
    const holder = await queue.put(quick.job('gone'), { key: 'gone', beginAfter: 60_000 });
    const part = holds('gone');
    const composite = await queue.put(parallel([part]));
    await untilActive(queue, part);
    await queue.remove(holder);
    await composite.wait();
    await expect(part.wait()).rejects.toThrow(/was removed/);
  });

  it('O1 is cancelled with its composite, and that job goes on', async () => {
    const holder = await putHeld(queue, 'goes-on');
    const part = holds('goes-on');
    const composite = await queue.put(parallel([part, quick.job('beside')]));
    await untilActive(queue, part);
    await composite.cancel();
    await expect(composite.wait()).rejects.toThrow(/cancelled/);
    await expect(part.wait()).rejects.toThrow(/cancelled/);
    gateOf('goes-on').open();
    expect(await holder.wait()).toBe('goes-on');
  });

  it('refuse: it fails with a BadStatusError', async () => {
    await putHeld(queue, 'refused');
    const part = quick.job('no').with({ key: 'refused', whenTaken: 'refuse' });
    const composite = await queue.put(parallel([part, quick.job('yes')]));
    await composite.wait();
    await expect(part.wait()).rejects.toThrow(/the key "refused" is taken by job/);
    expect(part.result).toMatchObject({ name: 'BadStatusError' });
    gateOf('refused').open();
  });

  it('gets the result of a job that has ended and has its key still', async () => {
    const holder = await queue.put(quick.job('ended'), { key: 'ended', until: 'removed' });
    await holder.wait();
    const composite = await queue.put(parallel([holds('ended'), holds('ended')]));
    expect(await composite.wait()).toEqual(['ended', 'ended']);
  });

  it('two parts of a parallel with one key are one run', async () => {
    const composite = await queue.put(
      parallel(['x1', 'x2', 'x3'].map((name) => quick.job(name).with({ key: 'same' })) as New[]),
    );
    expect(await composite.wait()).toEqual(['x1', 'x1', 'x1']);
    expect(started.filter((name) => name.startsWith('x'))).toEqual(['x1']);
  });

  it.each([
    ['a later part of its serial', (part: New) => serial([part, holds('round')])],
    ['its composite', (part: New) => serial([part]).with({ key: 'round' })],
  ] as const)('is refused where %s has it, which waits for it', async (_, make) => {
    const part = holds('round');
    const composite = await queue.put(make(part) as New);
    await composite.wait();
    await expect(part.wait()).rejects.toThrow(/has|taken by job .*, which waits for it/);
    expect(await queue.byKey('round')).toBeUndefined();
  });

  it('J9 goes with its composite', async () => {
    await putHeld(queue, 'trimmed');
    const composite = await queue.put(parallel([holds('trimmed'), quick.job('b')]));
    gateOf('trimmed').open();
    await composite.wait();
    await trimCompleted(context.redis, context.prefix, NAME, ['system', 'main', 'side'], {
      age: Infinity,
      count: 0,
    });
    expect(
      await context.redis.keys(`${context.prefix.replace(/[{}]/g, '?')}:${NAME}:*-*-*`),
    ).toEqual([]);
  });
});

describe('Q8 a part with a key', () => {
  it('has it from its schedule to its end', async () => {
    const part = held.job('part').with({ key: 'of-part' });
    const composite = await queue.put(parallel([part, quick.job('b')]));
    await eventually(() => started.includes('part'));
    const put = await queue.put(quick.job('no'), { key: 'of-part' });
    expect([put.id, put.wasThere]).toEqual([part.id, true]);
    gateOf('part').open();
    expect(await composite.wait()).toEqual(['part', 'b']);
    expect(await put.wait()).toBe('part');
    expect(await queue.byKey('of-part')).toBeUndefined();
  });

  it('C4 may be appended', async () => {
    await putHeld(queue, 'appended');
    const composite = serial([quick.job('before')]);
    const put = await queue.put(composite.with({ beginAfter: 200 }));
    await put.append(holds('appended'));
    gateOf('appended').open();
    expect(await put.wait()).toEqual(['before', expect.stringContaining('appended')]);
  });

  it.each([
    ['serial', serial],
    ['parallel', parallel],
  ] as const)('C4, J6 may be appended by a part of a %s that runs', async (name, make) => {
    await putHeld(queue, `late-${name}`);
    const part = holds(`late-${name}`);
    let composite: { append(job: New): Promise<unknown> } | undefined;
    const appends = task(`appends-${name}`, async () => {
      await composite?.append(part);
    });
    const put = await queue.put((composite = make([appends]) as never) as New);
    await untilActive(queue, part);
    gateOf(`late-${name}`).open();
    expect(await put.wait()).toEqual([undefined, `late-${name}`]);
  });

  it.each(['replace', 'after'] as const)('cannot say %s', async (whenTaken) => {
    const part = quick.job('x').with({ key: 'x', whenTaken }) as New;
    await expect(queue.put(parallel([part]) as New)).rejects.toThrow(
      /is a part of another job, where whenTaken can be/,
    );
  });

  it('O3 that failed runs again with its composite, and has its key again', async () => {
    const part = twice.job('again').with({ key: 'again' });
    const composite = await queue.put(serial([part], { onFailure: 'stop' }));
    await expect(composite.wait()).rejects.toThrow('the first time');
    await composite.retry();
    expect(await composite.wait()).toEqual(['again']);
  });

  it('O3 that failed gets the result of the job that has its key since', async () => {
    const part = twice.job('own').with({ key: 'since' });
    const composite = await queue.put(serial([part], { onFailure: 'stop' }));
    await expect(composite.wait()).rejects.toThrow('the first time');
    await putHeld(queue, 'since');
    await composite.retry();
    await untilActive(queue, part);
    gateOf('since').open();
    expect(await composite.wait()).toEqual(['since']);
  });
});
