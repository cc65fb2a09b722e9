// The screens of dispatchers, in a real browser.
import { defineTask, Dispatchers, local } from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { open, served, sideways } from './browser.js';

const context = testContext('browser-dispatchers');
const dispatchers = dispatchersIn(context);
const queue = context.queue('work');
const fleet = new Dispatchers({ connection: context.redisUrl, prefix: context.prefix });
cleanUpLater(() => fleet.close());
const holds = defineTask('fleet-page.<b>holds</b>', async () => {
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  throw local.signal.reason;
});

let url: string;
const NARROW = { width: 360, height: 700 };

beforeAll(async () => {
  url = await served(context);
});

it('D10, I4 the list shows who is there, and the interrupts of the last day', async () => {
  const gone = await dispatchers.start('work', { size: 1 });
  const job = holds.job();
  const begun = hasStarted(gone, job);
  await queue.put(job);
  await begun;
  await gone.deactivate();
  const { page, show, complaints } = await open(url);
  await show('#/dispatchers');
  await page.getByText('No dispatcher is active').waitFor();
  const interrupts = page.getByRole('region', { name: 'Interrupts' });
  await interrupts.getByText('not decided yet').waitFor();
  const there = await dispatchers.start('work', { size: 3, pingInterval: 100 });
  await interrupts.getByText('retried').waitFor();
  await interrupts.getByText('fleet-page.<b>holds</b>').waitFor();
  await page.getByText('work/main 1/3').waitFor();
  await page.getByRole('region', { name: 'Deactivated dispatchers' }).waitFor();
  await page.getByText('No dispatcher was found dead').waitFor();
  await page.getByRole('button', { name: `Forget ${gone.uuid}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
  await page.getByRole('dialog').getByText('Done.').waitFor();
  expect(await fleet.get(gone.uuid)).toBeUndefined();
  await page.keyboard.press('Escape');
  await page
    .getByRole('link', { name: there.uuid.slice(0, 8) })
    .first()
    .click();
  await page.getByRole('heading', { name: `Dispatcher ${there.uuid} active` }).waitFor();
  const held = page.getByRole('region', { name: 'Jobs that it holds' });
  await held.getByText('fleet-page.<b>holds</b>').waitFor();
  await job.cancel();
  await page.getByText('It holds no job.').waitFor();
  await there.deactivate();
  await page.getByRole('heading', { name: /deactivated$/ }).waitFor();
  expect(complaints).toEqual([]);
});

it('D2 a dispatcher that was found dead is among the deaths', async () => {
  const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
  const now = Number((await context.redis.time())[0]) * 1_000;
  await context.redis.hset(`${context.prefix}:dispatcher:${uuid}`, {
    ...{ status: 'deactivated', epoch: 1, host: '<i>pod</i>', pid: 7, deathInterval: 10_000 },
    ...{ activatedAt: now - 90_000, lastPing: now - 60_000, endedAt: now - 40_000 },
    ...{ deaths: 2, diedAt: now - 50_000, diedHost: '<i>pod</i>', diedPid: 7 },
    ...{ retention: 86_400_000, agents: '[]', tasks: '[]', running: '{}' },
  });
  await context.redis.zadd(`${context.prefix}:dispatchers:ended`, now + 86_000_000, uuid);
  const { page, show, complaints } = await open(url);
  await show('#/dispatchers');
  const deaths = page.getByRole('region', { name: 'Deaths' });
  await deaths.getByText('<i>pod</i>:7').waitFor();
  expect(complaints).toEqual([]);
  await fleet.forget(uuid);
});

it('D9, D6 an agent is added, changed and removed, and the dispatcher is drained', async () => {
  const dispatcher = await dispatchers.start('work', { size: 3 });
  const { page, show, complaints } = await open(url);
  await show(`#/dispatchers/${dispatcher.uuid}`);
  const dialog = page.getByRole('dialog');
  const done = async (verb: string): Promise<void> => {
    await dialog.getByRole('button', { name: verb, exact: true }).click();
    await dialog.getByText('Done.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
  };
  const agents = async () =>
    (await fleet.get(dispatcher.uuid))?.agents.map(({ name, size, lanes }) => [name, size, lanes]);
  await page.getByRole('button', { name: 'Add an agent' }).click();
  await dialog.getByLabel('Queue').fill('work');
  await dialog.getByLabel('Name').fill('gpu');
  await dialog.getByLabel('Lanes').fill('gpu, big');
  await done('Add');
  await page.getByText('gpu, big').waitFor();
  await page.getByRole('button', { name: 'Change work/main' }).click();
  await dialog.getByLabel('Size').fill('0');
  await done('Change');
  await page.getByText('claims none').waitFor();
  expect(await agents()).toEqual([
    ['main', 0, ['main']],
    ['gpu', 1, ['gpu', 'big']],
  ]);
  await page.getByRole('button', { name: 'Remove work/gpu' }).click();
  await done('Remove');
  await eventually(async () => (await agents())?.length === 1);
  await page.getByRole('button', { name: 'Drain' }).click();
  await dialog.getByLabel('Grace').fill('0');
  await done('Drain');
  await page.getByRole('heading', { name: /deactivated$/ }).waitFor();
  expect(complaints).toEqual([]);
});

it('D10 at 360 px the screens of dispatchers do not scroll sideways', async () => {
  const { uuid } = await dispatchers.start('work', { size: 3 });
  const { page, show } = await open(url, { viewport: NARROW });
  await show('#/dispatchers');
  await page.getByRole('region', { name: 'Dispatchers', exact: true }).waitFor();
  expect(await sideways(page)).toBe(0);
  await show(`#/dispatchers/${uuid}`);
  await page.getByRole('region', { name: 'Agents' }).waitFor();
  expect(await sideways(page)).toBe(0);
});
