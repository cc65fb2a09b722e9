// A wait for an uncommitted put that its run drops: a later run may still store the job (J6, J12).
import { defineTask, local, retry, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { gate } from '../../../../test/kit/gate.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('wait-for-run');
const queue = context.queue('runs');
beforeAll(() => dispatchersIn(context).start('runs'));
const SOON = { timeout: 20_000 };
const TWICE = { retryPolicy: retry({ attempts: 2 }) };

type New = Job<unknown, []>;
const work = defineTask('run.work', (value: unknown) => value);
const goOn = gate();
const puts = defineTask('run.puts', async (how: string, given: New) => {
  let job = given;
  if (how === 'anew') job = work.job('anew') as New;
  if (how === 'once') job = await local.once('made', () => work.job('once') as New);
  await queue.put(job);
  // Another process gets the reference before the run has ended.
  if (local.fence === 1) await (await queue.put(keeps.job(job), { immediate: true })).wait(SOON);
  if (local.fence === 1) throw new Error('at first');
  if (how === 'anew') await goOn.opened;
});
const kept: New[] = [];
const keeps = defineTask('run.keeps', (job: New) => void kept.push(job));
beforeEach(() => kept.splice(0));

it.each(['given', 'once'])(
  'J12, J6 a wait goes on when the next run puts the same job (%s)',
  async (how) => {
    const user = await queue.put(puts.job(how, work.job('given') as New).with(TWICE) as New);
    await user.wait(SOON);
    expect(await kept[0]?.wait(SOON)).toBe(how);
  },
);

it('J12, J6 a wait ends when no run can store the job any more', async () => {
  const user = await queue.put(puts.job('anew', work.job('given') as New).with(TWICE) as New);
  const first = async (): Promise<New> =>
    kept[0] ?? (await new Promise<void>((resolve) => setImmediate(resolve)), first());
  const early = (await first()).wait(SOON);
  early.catch(() => {});
  await expect((await first()).wait({ timeout: 300 })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  goOn.open();
  await user.wait(SOON);
  await expect(early).rejects.toThrow(
    /will never come: job \S+, which was to store it, has ended without it/,
  );
});
