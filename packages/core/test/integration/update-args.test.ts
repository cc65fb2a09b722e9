// Arguments can be changed until the first run of the job.
import {
  BadStatusError,
  defineTask,
  InvalidArgumentError,
  SerializationError,
  type Job,
} from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('update-args');
const work = defineTask('update-args.work', (...values: unknown[]) => values);

it('a pending job runs with its latest arguments, due or not', async () => {
  const queue = context.queue('pending');
  const due = await queue.put(work.job('old'));
  const later = await queue.put(work.job('old'), { beginAfter: 60_000 });
  for (const job of [due, later]) {
    expect(await job.update({ args: ['new', 2] })).toBe(job);
    expect(job.args).toEqual(['new', 2]);
    expect((await queue.get(job.id))?.args).toEqual(['new', 2]);
  }
  expect((await playDispatcher(context, 'pending').claimNow()).args).toBe('["new",2]');
});

it('a new job is put with its latest arguments', async () => {
  const job = await work.job('old').update({ args: [{ a: 1 }] });
  await context.queue('new').put(job);
  expect((await playDispatcher(context, 'new').claimNow()).args).toBe('[{"a":1}]');
});

it('a handle that was read can change the arguments, and jobs among them are handles', async () => {
  const queue = context.queue('handle');
  const { id } = await queue.put(work.job('old'));
  const inner = await queue.put(work.job('inner'));
  const handle = (await queue.get(id)) as Job;
  await handle.update({ args: [inner] });
  expect(((await queue.get(id))?.args[0] as Job).id).toBe(inner.id);
});

it('J2, Q12 a job that has run once refuses new arguments', async () => {
  const queue = context.queue('claimed');
  const job = await queue.put(work.job('old'));
  const dispatcher = playDispatcher(context, 'claimed');
  const refused = async (why: string) => {
    await expect(job.update({ args: ['new'] })).rejects.toThrow(BadStatusError);
    await expect(job.update({ args: ['new'] })).rejects.toThrow(why);
    expect((await queue.get(job.id))?.args).toEqual(['old']);
    expect(job.args).toEqual(['old']);
  };
  const claim = await dispatcher.claimNow();
  await refused('is active: a job can be changed while it is pending');
  await dispatcher.store.retry(claim, 0, { policyData: {} });
  await refused('has run before, and runs again with the same arguments');
  await dispatcher.complete(await dispatcher.claimNow(), 1);
  await refused('is completed: a job can be changed while it is pending');
});

it('J2 an update of a removed job is refused', async () => {
  const queue = context.queue('removed');
  const job = await queue.put(work.job('old'));
  await queue.remove(job);
  await expect(job.update({ args: [] })).rejects.toThrow(/is not stored: it was removed/);
});

it('each job runs with new arguments exactly when its parallel update succeeded', async () => {
  const queue = context.queue('race');
  const jobs = await queue.putAll(Array.from({ length: 200 }, () => work.job('old')));
  const dispatcher = playDispatcher(context, 'race');
  const claiming = (async () => {
    const claims = [];
    for (let claim = await dispatcher.claim(); claim; claim = await dispatcher.claim())
      claims.push(claim);
    return claims;
  })();
  // The updates start at the end of the queue, so that they meet the claims.
  const updates = new Map<string, boolean>();
  for (const job of [...jobs].reverse()) {
    const updated = await job.update({ args: ['new'] }).then(
      () => true,
      () => false,
    );
    updates.set(job.id, updated);
  }
  const seen = (await claiming).map(({ id, args }) => [id, args]);
  expect(new Set(updates.values())).toEqual(new Set([true, false]));
  expect(new Map(seen as [string, string][])).toEqual(
    new Map([...updates].map(([id, updated]) => [id, updated ? '["new"]' : '["old"]'])),
  );
});

it('B2 invalid arguments are refused, and nothing is changed', async () => {
  const job = await context.queue('bad').put(work.job('old'));
  for (const bad of [{}, { args: 'text' }, { args: { 0: 'a' } }]) {
    await expect(job.update(bad as never)).rejects.toThrow(InvalidArgumentError);
  }
  await expect(job.update(undefined as never)).rejects.toThrow(
    /the options of update must be an object/,
  );
  await expect(job.update({ args: [], lane: 'gpu' } as never)).rejects.toThrow(
    /update has no option "lane"/,
  );
  await expect(job.update({ args: [() => {}] })).rejects.toThrow(SerializationError);
  expect((await job.refresh()).args).toEqual(['old']);
});
