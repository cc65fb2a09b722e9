// Jobs, "Failures on commit": the task has done its work, but what it returns cannot be stored.
import { defineRetryPolicy, defineTask, local } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-commit');
const queue = context.queue('commits');
beforeAll(async () => void (await dispatchersIn(context).start('commits')));

// A result must survive the trip to those who ask for it. A function does not.
it('J4, R2 a result that cannot be stored ends the job with the reason', async () => {
  const careless = defineTask('commit.careless', async () => ({ ok: true, undo: () => {} }));
  const job = await queue.put(careless.job());
  await expect(job.wait()).rejects.toMatchObject({
    code: 'DROVER_SERIALIZATION',
    message: expect.stringContaining('undo') as string,
  });
});

// This is a question of its own to the policy, `commitError`: the task was run, and may have done
// what must not be done twice. A policy that knows better has it run again.
it('R1, R2 the policy decides about a result that cannot be stored', async () => {
  const hopeful = defineRetryPolicy('commit.hopeful', {
    jobError: () => false,
    commitError: (failure, data) => {
      data['reasons'] = [...((data['reasons'] as string[] | undefined) ?? []), failure.name];
      return (data['reasons'] as string[]).length < 3;
    },
    interrupted: () => true,
  });
  const learns = defineTask('commit.learns', async () =>
    local.fence < 3 ? Symbol('no') : 'stored at last',
  );
  expect(await (await queue.put(learns.job(), { retryPolicy: hopeful })).wait()).toBe(
    'stored at last',
  );
});
