// `queue.counts()` while dispatchers come and go.
import { parallel } from '@drover/composite';
import { defineTask, local } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { aborted, gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('counts-worker');
const dispatchers = dispatchersIn(context);

it('I1, I2 interrupted jobs are counted until they are decided, and the others go on', async () => {
  const queue = context.queue('interrupted');
  const { open, opened } = gate();
  const holds = defineTask('counts.holds', () => Promise.race([opened, aborted(local.signal)]));
  const [album, alone] = [parallel([holds.job(), holds.job()]), holds.job()];
  await queue.putAll([album, alone]);
  const first = await dispatchers.start('interrupted', { size: 3 });
  await eventually(() => first.activeJobs().length === 3);
  await eventually(async () => (await queue.counts()).active === 4);
  expect(await queue.counts()).toMatchObject({ pending: 0, active: 4, interrupted: 0 });
  await first.deactivate();
  const { lanes, ...counts } = await queue.counts();
  expect(counts).toMatchObject({ pending: 4, due: 4, active: 4, interrupted: 4, completed: 0 });
  expect([lanes['system']?.due, lanes['main']?.due, lanes['main']?.active]).toEqual([4, 0, 4]);
  open();
  await dispatchers.start('interrupted', { size: 3 });
  await Promise.all([album.wait(), alone.wait()]);
  await eventually(async () => (await queue.counts()).interrupted === 0);
  const after = await queue.counts();
  expect(after.lanes['main']).toMatchObject({ pending: 0, active: 0, succeeded: 4, failed: 0 });
});
