// A fleet with something in each state, and text that means harm.
import { defineTask, Job, local } from '@drover/core';
import { parallel } from '@drover/composite';
import type { TestContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';

/** Markup, an escape of a terminal, a character that turns the direction, half a surrogate. */
export const HOSTILE = '<img src=x onerror=alert(1)>\x1b[31m\u202e\u0000\ud800"\'&';
/** The same as the page shows it. */
export const SHOWN = '<img src=x onerror=alert(1)>\\x1b[31m\\u202e\\x00\\ud800"\'&';

export const echo = defineTask('scene.echo', (value: unknown) => value);
export const fails = defineTask('scene.fails', (value: unknown) => {
  throw new Error(`broken by ${String(value)}`);
});
export const holds = defineTask('scene.holds', async () => {
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  throw local.signal.reason;
});

export interface Scene {
  uuid: string;
  completed: Job;
  failed: Job;
  /** It holds the quota `disk`, for which `waiting` waits. */
  holder: Job;
  waiting: Job;
  delayed: Job;
  /** Due in a lane that nobody serves, with a hostile task and arguments. */
  hostile: Job;
  composite: Job;
}

/** The queue `work`, of one dispatcher, and the queue `idle`, which nobody serves. */
export async function sceneIn(context: TestContext): Promise<Scene> {
  const { uuid } = await dispatchersIn(context).start('work', { size: 3 });
  const queue = context.queue('work');
  await queue.quotas.create('disk', 1);
  await queue.quotas.create('team', 2, { keyed: true });
  await queue.rateLimits.create('api', { max: 5, duration: 1_000 });
  await queue.schedules.set('nightly', { cron: '0 3 * * *' }, echo.job(1));
  const completed = await queue.put(echo.job({ [HOSTILE]: HOSTILE }));
  const failed = await queue.put(fails.job(HOSTILE), { retryPolicy: 'NeverRetry' });
  const composite = await queue.put(parallel([echo.job(1), echo.job(2)]));
  await Promise.all([completed.wait(), failed.wait().catch(() => undefined), composite.wait()]);
  const holder = await queue.put(holds.job(), { quotas: ['disk'] });
  const waiting = await queue.put(echo.job('waits'), { quotas: ['disk'] });
  const delayed = await queue.put(echo.job('later'), { beginAfter: 3_600_000 });
  const hostile = await queue.put(new Job(HOSTILE, [HOSTILE]), { lane: 'unserved' });
  await context.queue('idle').put(echo.job(1));
  await eventually(async () => {
    const { active, waitingForQuota } = await queue.counts();
    return active === 1 && waitingForQuota === 1;
  });
  return { uuid, completed, failed, holder, waiting, delayed, hostile, composite };
}
