// Changes of packed parts from outside: callbacks, cancels, retries, removals.
import { defineTask, Failure, type Job } from '@drover/core';
import type { Composite } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { packsIn } from '../../../../test/kit/packs.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startDispatcher } from './dispatchers.js';
import {
  expectNothingLeft,
  gateOf,
  held,
  kinds,
  outcomes,
  outcomesOf,
  packedKind,
  PATIENCE,
  ran,
  short,
  shorts,
  upTo,
} from './packed.js';

const context = testContext('packs-changed');
const failing = new Set<string>();
const flaky = defineTask('packs-changed.flaky', (of: string, value: unknown) => {
  if (failing.has(`${of} ${String(value)}`)) {
    ran.set(of, [...(ran.get(of) ?? []), `failed ${String(value)}`]);
    throw new Error(`no ${String(value)}`);
  }
  return short.run(of, value);
});
const strict = defineTask('packs-changed.strict', (...jobs: Job[]) => {
  const failure = jobs.map(({ result }) => result).find((result) => result instanceof Failure);
  if (failure) throw failure.toError();
  return jobs.map(({ result }) => result);
});

describe.each(kinds)('%s', (kind, compose, asPacks) => {
  const isSerial = kind === 'serial';
  const { make } = packedKind(context, kind, compose, asPacks);

  /** Has the parts of a composite stored, while a job before them holds the only slot. */
  async function pending<J extends Composite<unknown>>(what: string, whole: J) {
    const name = `${kind} ${what}`.replace(/\W+/g, '-');
    const queue = context.queue(name);
    const before = held.job(`${name} gate`, 0);
    await queue.putAll([whole, before, ...(asPacks ? shorts(`${name} before`, 80) : [])] as Job[]);
    await startDispatcher(context, name, 1);
    await eventually(async () => (await before.refresh()).status === 'active');
    await eventually(async () => (await whole.refresh()).status === 'active');
    expect((await packsIn(context, name)).length).toBeGreaterThan(0);
    return { name, queue, go: () => gateOf(`${name} gate`).open() };
  }

  /** Starts a composite, and waits until its part that waits for the gate runs. */
  async function running<J extends Composite<unknown>>(what: string, whole: J, part: Job) {
    const { name, queue, go } = await pending(what, whole);
    go();
    await eventually(async () => (await part.refresh()).status === 'active');
    return { name, queue };
  }

  it('J2 packed parts that wait are pending, or new where their turn has not come', async () => {
    const parts = shorts(`${kind} statuses`, 5);
    const { queue, go } = await pending('statuses', make(parts));
    const statuses = isSerial
      ? ['pending', 'new', 'new', 'new', 'new']
      : ['pending', 'pending', 'pending', 'pending', 'pending'];
    for (const [i, part] of parts.entries()) {
      expect((await part.refresh()).status).toBe(statuses[i]);
      expect((await queue.get(part.id))?.status).toBe(statuses[i]);
    }
    go();
    expect(await outcomesOf(parts)).toEqual(upTo(5));
  });

  it('J7 callbacks of packed parts run once: added before, within and after their run', async () => {
    const of = `${kind} callbacks`;
    const parts = shorts(of, 12);
    parts[6] = held.job(of, 6) as Job;
    const whole = make(parts, { postprocess: outcomes.job() as Job });
    const { name, go } = await pending('callbacks', whole);
    const add = async (i: number) =>
      await (parts[i] as Job).addCallback(short.job(`${of} called`, `back ${i}`) as Job);
    const callbacks = [await add(0), await add(11), await add(11)];
    go();
    await eventually(async () => (await (parts[6] as Job).refresh()).status === 'active');
    callbacks.push(await add(6), await add(2), await add(10));
    gateOf(of).open();
    expect(await whole.wait(PATIENCE)).toEqual(upTo(12));
    callbacks.push(await add(6), await add(4), await add(10));
    const numbers = [0, 11, 11, 6, 2, 10, 6, 4, 10].map((i) => `back ${i}`);
    expect(await outcomesOf(callbacks)).toEqual(numbers);
    await expectNothingLeft(context, name);
    expect([...(ran.get(`${of} called`) ?? [])].sort()).toEqual([...numbers].sort());
    expect([...(ran.get(of) ?? [])].sort()).toEqual(upTo(12).sort());
  });

  it('C4 a callback that was added to a packed part appends', async () => {
    const of = `${kind} appends`;
    const whole = make(shorts(of, 8));
    const appends = defineTask(`packs-changed.appends ${kind}`, async (to: Composite) => {
      await to.append(short.job(of, 8) as Job);
    });
    const { name, go } = await pending('appends', whole);
    await (whole.jobs[7] as Job).addCallback(appends.job(whole) as Job);
    go();
    expect(await whole.wait(PATIENCE)).toEqual(upTo(9));
    await expectNothingLeft(context, name);
  });

  it.each([[0], [9]])(
    'O1 the cancel of packed part %i, which waits, leaves the others',
    async (i) => {
      const of = `${kind} cancel ${i}`;
      const parts = shorts(of, 10);
      const whole = make(parts, { postprocess: outcomes.job() as Job });
      const { name, go } = await pending(`cancel ${i}`, whole);
      await (parts[i] as Job).cancel('this one');
      go();
      const expected = upTo(10).map((n) => (n === i ? 'this one' : n));
      expect(await whole.wait(PATIENCE)).toEqual(expected);
      expect(await outcomesOf(parts)).toEqual(expected);
      await expectNothingLeft(context, name);
      expect(ran.get(of)).toEqual(upTo(10).filter((n) => n !== i));
    },
  );

  it('O1 a packed part that runs is cancelled, and the others run', async () => {
    const of = `${kind} cancel running`;
    const parts = shorts(of, 10);
    parts[4] = held.job(of, 4) as Job;
    const whole = make(parts, { postprocess: outcomes.job() as Job });
    const { name } = await running('cancel running', whole, parts[4]);
    await parts[4].cancel('this one');
    gateOf(of).open();
    expect(await whole.wait(PATIENCE)).toEqual(upTo(10).map((n) => (n === 4 ? 'this one' : n)));
    await expectNothingLeft(context, name);
    expect([...(ran.get(of) ?? [])].sort()).toEqual(upTo(10).sort());
  });

  it.each([false, true])(
    'O1 the cancel of all ends each part once (some run: %s)',
    async (some) => {
      const of = `${kind} cancel all ${some}`;
      const parts = shorts(of, 10);
      if (some) parts[4] = held.job(of, 4) as Job;
      const whole = make(parts, { postprocess: outcomes.job() as Job });
      const { name, go } = some
        ? { ...(await running(`cancel all ${some}`, whole, parts[4] as Job)), go: () => {} }
        : await pending(`cancel all ${some}`, whole);
      await whole.cancel('all');
      await expect(whole.wait(PATIENCE)).rejects.toMatchObject({ name: 'CancelledError' });
      go();
      gateOf(of).open();
      const ended = some ? 4 : 0;
      expect((await outcomesOf(parts)).slice(0, ended)).toEqual(upTo(ended));
      const others = (await outcomesOf(parts)).slice(ended);
      // The parts beside the one that runs may have ended before the cancel.
      const isEnd = (end: unknown, i: number): boolean =>
        end === 'all' || (some && !isSerial && end === ended + i);
      expect(others.filter((end, i) => !isEnd(end, i))).toEqual([]);
      expect(others[0]).toBe('all');
      await expectNothingLeft(context, name);
    },
  );

  it.each([[[9]], [[3, 4, 7]]])(
    'O3 the retry of a composite whose packed parts %j failed runs those again',
    async (which) => {
      const of = `${kind} retry ${which.join()}`;
      for (const i of which) failing.add(`${of} ${i}`);
      const parts = upTo(10).map((i) => flaky.job(of, i) as Job);
      const whole = make(parts, { postprocess: strict.job() as Job });
      const { name, go } = await pending(`retry ${which.join()}`, whole);
      go();
      await expect(whole.wait(PATIENCE)).rejects.toThrow(`no ${which[0]}`);
      failing.clear();
      await whole.retry();
      expect(await whole.wait(PATIENCE)).toEqual(upTo(10));
      const runs = upTo(10).flatMap((i) => (which.includes(i) ? [i, `failed ${i}`] : [i]));
      expect([...(ran.get(of) ?? [])].map(String).sort()).toEqual(runs.map(String).sort());
      expect(await outcomesOf(parts)).toEqual(upTo(10));
      await expectNothingLeft(context, name);
    },
  );

  it('O3 when its postprocess alone failed, no packed part runs again', async () => {
    const of = `${kind} retry post`;
    const post = flaky.job(of, 'post') as Job;
    failing.add(`${of} post`);
    const whole = make(shorts(of, 10), { postprocess: post });
    const { name, go } = await pending('retry post', whole);
    go();
    await expect(whole.wait(PATIENCE)).rejects.toThrow('no post');
    failing.clear();
    await whole.retry();
    expect(await whole.wait(PATIENCE)).toBe('post');
    expect(ran.get(of)).toEqual([...upTo(10), 'failed post', 'post']);
    await expectNothingLeft(context, name);
  });

  it('Q3 a packed part that is pending is removed; any other one is refused', async () => {
    const of = `${kind} remove`;
    const parts = shorts(of, 6);
    parts[3] = held.job(of, 3) as Job;
    const whole = make(parts, { postprocess: outcomes.job() as Job });
    const { name, queue, go } = await pending('remove', whole);
    const first = parts[0] as Job;
    const removed = await queue.remove(first).then(() => first.status);
    expect(removed).toBe('new');
    if (isSerial) await expect(queue.remove(parts[5] as Job)).rejects.toThrow('only a pending job');
    go();
    await eventually(async () => (await (parts[3] as Job).refresh()).status === 'active');
    await expect(queue.remove(parts[3] as Job)).rejects.toThrow('only a pending job');
    await expect(queue.remove(parts[1] as Job)).rejects.toThrow('only a pending job');
    gateOf(of).open();
    const [gone, ...others] = (await whole.wait(PATIENCE)) as unknown[];
    expect(gone).toContain('removed');
    expect(others).toEqual([1, 2, 3, 4, 5]);
    expect(await queue.get(first.id)).toBeUndefined();
    await expectNothingLeft(context, name);
  });

  it('Q3 pulls take packed parts in their order, and leave the others', async () => {
    if (isSerial || asPacks) return;
    const of = `${kind} pull`;
    const parts = shorts(of, 6);
    const { queue, go } = await pending(
      'pull',
      make(parts, { postprocess: outcomes.job() as Job }),
    );
    expect(await queue.length()).toBe(6);
    expect((await queue.jobs()).map(({ id }) => id)).toEqual(parts.map(({ id }) => id));
    const pulled = [await queue.pull(0), await queue.pull(-1), await queue.pull(1)];
    expect(pulled.map((job) => job?.id)).toEqual([0, 5, 2].map((i) => parts[i]?.id));
    go();
    expect(await outcomesOf([parts[1], parts[3], parts[4]] as Job[])).toEqual([1, 3, 4]);
  });
});
