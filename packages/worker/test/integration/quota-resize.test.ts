// A resize for which very many jobs have waited wakes some of them, and these wake the others (Q5).
import { defineTask } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';
import { full } from './quota-tasks.js';

const context = testContext('quota-resize');
const dispatchers = dispatchersIn(context);
const WAITING = 3_000;

it('Q5 a resize with 3,000 waiting jobs wakes 100 in one call, and all of them run', async () => {
  let runs = 0;
  const count = defineTask('quotaResize.count', () => void runs++);
  const queue = context.queue('many');
  await queue.quotas.create('disk', 0);
  const parking = await dispatchers.start('many', { size: 20 });
  await queue.putAll(
    Array.from({ length: WAITING }, () => count.job()),
    { quotas: ['disk'] },
  );
  await full(queue, 'disk', 0, WAITING);
  const parked = () => context.redis.zcard(`${context.prefix}:many:parked`);
  await parking.deactivate();

  await queue.quotas.resize('disk', 50_000);
  expect(await parked()).toBe(WAITING - 100);
  await dispatchers.start('many', { size: 20 });
  await eventually(() => runs === WAITING);
  expect(await queue.length()).toBe(0);
});
