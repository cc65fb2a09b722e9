// The interrupts of the last day, as far as records are kept.
import { defineTask, local } from '@drover/core';
import type { Interrupts } from '@drover/monitor';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { clientOf, monitorIn } from './monitor-requests.js';

const context = testContext('interrupts');
const dispatchers = dispatchersIn(context);
const client = clientOf(monitorIn(context));
const queue = context.queue('work');
const holds = defineTask('interrupts.holds', async () => {
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  throw local.signal.reason;
});
const read = async (query = ''): Promise<Interrupts> =>
  (await client.get<Interrupts>(`/api/interrupts${query}`)).body;

it('I4, I8 interrupts tell what was interrupted, and how it was decided', async () => {
  const first = await dispatchers.start('work', { size: 1 });
  const job = holds.job();
  const begun = hasStarted(first, job);
  await queue.put(job);
  await begun;
  expect(await read()).toMatchObject({
    within: 86_400_000,
    interrupts: [],
    deaths: [],
    more: false,
  });
  await first.deactivate();
  const name = { id: job.id, task: 'interrupts.holds', queue: 'work' };
  const by = { id: expect.any(String) as string, task: 'drover.handleInterrupt', queue: 'work' };
  const open = (await read()).interrupts;
  expect(open).toEqual([{ at: expect.any(Number) as number, job: name, by }]);
  const { uuid } = await dispatchers.start('work', { size: 1 });
  await eventually(async () => (await read()).interrupts[0]?.decided);
  expect((await read()).interrupts).toEqual([
    { ...open[0], decided: { at: expect.any(Number) as number, how: 'retried', dispatcher: uuid } },
  ]);
  expect(await read('?within=0')).toMatchObject({ within: 0, interrupts: [] });
  expect((await read()).deaths).toEqual([]);
  await job.cancel();
});
