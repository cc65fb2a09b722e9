// Each action of the page in a real browser, on a real Redis with a real dispatcher: it counts
// first, asks, acts, and says what was done.
import type { AuditEntry } from '@drover/monitor';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { open, served, type Opened } from './browser.js';
import { echo, fails, sceneIn, type Scene } from './scene.js';

const context = testContext('browser-actions');
const queue = context.queue('work');
const audited: AuditEntry[] = [];
let scene: Scene;
let opened: Opened;

beforeAll(async () => {
  scene = await sceneIn(context);
  const url = await served(context, { audit: (entry) => void audited.push(entry) });
  opened = await open(url);
});
afterEach(() => {
  expect(opened.complaints.splice(0)).toEqual([]);
});

const dialog = () => opened.page.getByRole('dialog');
const press = (name: string | RegExp) =>
  opened.page.getByRole('button', { name, exact: true }).click();

/** Presses the button of the open question, and gives what the page says was done. */
async function confirm(name: string): Promise<string> {
  await dialog().getByRole('button', { name, exact: true }).click();
  const done = await dialog().locator('.done').innerText();
  await dialog().getByRole('button', { name: 'Close' }).click();
  await dialog().waitFor({ state: 'detached' });
  return done;
}

it('O2 pauses a queue, and lets it go on', async () => {
  await opened.show('#/queues/work');
  await press('Pause');
  expect(await confirm('Pause')).toBe('Done.');
  expect(await queue.isPaused()).toBe(true);
  await press('Resume');
  expect(await confirm('Resume')).toBe('Done.');
  expect(await queue.isPaused()).toBe(false);
});

it('Q11 retries the selected jobs', async () => {
  await opened.show('#/queues/work?state=failed');
  await opened.page.getByLabel(`Choose ${scene.failed.id}`).check();
  await press('Retry selected (1)');
  expect(await confirm('Retry 1 job')).toBe('1 job matched, 1 done.');
  await eventually(async () => (await queue.get(scene.failed.id))?.attempts === 2);
});

it('Q11 retries all that match: it counts first, and asks anew where the number has changed', async () => {
  await queue.putAll([1, 2, 3].map((i) => fails.job(i)));
  await eventually(async () => (await queue.counts()).failed === 4);
  await opened.show('#/queues/work?state=failed&text=3');
  await press('Retry all that match');
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  await opened.show('#/queues/work?state=failed&task=scene.fails');
  await press('Retry all that match');
  await dialog().getByRole('button', { name: 'Retry 4 jobs' }).waitFor();
  const more = await queue.put(fails.job('more'));
  await more.wait().catch(() => undefined);
  await dialog().getByRole('button', { name: 'Retry 4 jobs' }).click();
  await dialog().getByText('this would change 5 jobs').waitFor();
  expect((await queue.get(more.id))?.attempts).toBe(1);
  expect(await confirm('Retry 5 jobs')).toBe('5 jobs matched, 5 done.');
  await eventually(async () => (await queue.get(more.id))?.attempts === 2);
  // The refusal is the browser's complaint.
  expect(opened.complaints.splice(0)).toEqual([expect.stringContaining('status of 409')]);
});

it('Q11 removes and cancels what passes the tab and the filters alone', async () => {
  const jobs = await queue.putAll(
    [1, 2, 3].map((i) => echo.job(i)),
    { beginAfter: 3_600_000 },
  );
  await opened.show('#/queues/work?state=delayed');
  await opened.page.getByLabel(`Choose ${jobs[0]?.id}`).check();
  await press('Remove selected (1)');
  expect(await confirm('Remove 1 job')).toBe('1 job matched, 1 done.');
  await press('Cancel all that match');
  await dialog().getByLabel('Reason').fill('not today');
  expect(await confirm('Cancel 3 jobs')).toBe('3 jobs matched, 3 done.');
  expect(await queue.get(jobs[0]?.id ?? '')).toBeUndefined();
  const cancelled = queue.get(scene.delayed.id);
  expect(String((await cancelled)?.result)).toContain('not today');
  expect((await queue.get(scene.waiting.id))?.status).toBe('pending');
});

it('B1 retries a dead letter, and drops all', async () => {
  await queue.pause();
  const [first, second] = await queue.putAll([echo.job(1), echo.job(2)]);
  for (const job of [first, second])
    await context.redis.hset(`${context.prefix}:work:${job?.id}`, 'opts', '{');
  await queue.resume();
  await eventually(async () => (await queue.counts()).setAside === 2);
  await opened.show('#/queues/work?state=set-aside');
  await press(`Retry ${first?.id}`);
  expect(await confirm('Retry 1 job')).toBe('1 job matched, 1 done.');
  await eventually(async () => (await queue.counts()).setAside === 2);
  await press('Drop all');
  expect(await confirm('Drop 2 jobs')).toBe('2 jobs matched, 2 done.');
  expect(await queue.deadLetters().list()).toEqual([]);
});

it('Q5, Q9 makes, changes and removes quotas and rate limits', async () => {
  await opened.show('#/queues/work/settings');
  await press('New quota');
  await dialog().getByLabel('Name', { exact: true }).fill('gpu');
  await dialog().getByLabel('Slots').fill('3');
  await dialog().getByLabel('With keys').check();
  await confirm('Make');
  expect(await queue.quotas.get('gpu')).toMatchObject({ size: 3, keys: { inUse: 0 } });
  await press('Resize quota gpu');
  await dialog().getByLabel('Slots').fill('7');
  await confirm('Change');
  expect((await queue.quotas.get('gpu'))?.size).toBe(7);
  await press('Remove quota gpu');
  await confirm('Remove');
  expect(await queue.quotas.get('gpu')).toBeUndefined();

  await press('Change rate limit api');
  await dialog().getByLabel('Starts').fill('9');
  await confirm('Change');
  expect(await queue.rateLimits.get('api')).toMatchObject({ max: 9, duration: 1_000 });
  await press('New rate limit');
  await dialog().getByLabel('Name', { exact: true }).fill('slow');
  await confirm('Make');
  await press('Remove rate limit slow');
  await confirm('Remove');
  expect((await queue.rateLimits.list()).map(({ name }) => name)).toEqual(['api']);
});

it('Q5 says why a change is refused, and changes nothing', async () => {
  await opened.show('#/queues/work/settings');
  await press('Remove quota disk');
  await dialog().getByRole('button', { name: 'Remove', exact: true }).click();
  await dialog().getByRole('alert').getByText(/disk/).waitFor();
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  expect((await queue.quotas.get('disk'))?.size).toBe(1);
  expect(opened.complaints.splice(0)).toEqual([expect.stringContaining('status of 409')]);
});

it('Q10 makes, pauses, resumes, changes and removes schedules', async () => {
  await opened.show('#/queues/work/settings');
  await press('New schedule');
  await dialog().getByLabel('Name', { exact: true }).fill('hourly');
  await dialog().getByLabel('Task', { exact: true }).fill('scene.echo');
  await dialog().getByLabel('Arguments').fill('["a", 1]');
  await dialog().getByLabel('Cron').fill('0 * * * *');
  await dialog().getByLabel('While the last').selectOption('skip');
  await confirm('Make');
  const get = async () => (await queue.schedules.list()).find(({ name }) => name === 'hourly');
  expect(await get()).toMatchObject({ cron: '0 * * * *', task: 'scene.echo', overlap: 'skip' });
  await press('Pause schedule hourly');
  await confirm('Pause');
  expect(await get()).toMatchObject({ paused: true });
  await press('Resume schedule hourly');
  await confirm('Resume');
  expect(await get()).toMatchObject({ paused: false });
  await press('Change schedule hourly');
  await dialog().getByLabel('Cron').fill('');
  await dialog().getByLabel('Or each').fill('60000');
  await dialog().getByLabel('Arguments').fill('{"no":"array"}');
  await dialog().getByRole('button', { name: 'Change' }).click();
  await dialog().getByText('must be a JSON array').waitFor();
  await dialog().getByLabel('Arguments').fill('[]');
  await confirm('Change');
  expect(await get()).toMatchObject({ every: 60_000 });
  await press('Remove schedule hourly');
  await confirm('Remove');
  expect(await get()).toBeUndefined();
});

it('O2 a monitor that only reads shows no action', async () => {
  const readOnly = await open(await served(context, { readOnly: true, redact: true }));
  for (const hash of ['#/queues/work?state=failed', '#/queues/work/settings']) {
    await readOnly.show(hash);
    await readOnly.page.locator('main tbody tr').first().waitFor();
    const buttons = await readOnly.page.locator('main').getByRole('button').allInnerTexts();
    expect(buttons.filter((name) => name !== 'Filter')).toEqual([]);
    expect(await readOnly.page.getByLabel('Text').count()).toBe(0);
    expect(await readOnly.page.locator('input[type=checkbox]').count()).toBe(0);
  }
  expect(readOnly.complaints).toEqual([]);
});

it('Q11 each action has its line of audit, and a dry run has none', () => {
  const done = audited.filter(({ error }) => error === undefined).map(({ action }) => action);
  expect(done.slice(0, 4)).toEqual([
    '/api/queues/:queue/pause',
    '/api/queues/:queue/resume',
    '/api/jobs/:id/retry',
    '/api/queues/:queue/retry',
  ]);
  expect(audited.filter(({ error }) => error !== undefined).map(({ error }) => error)).toEqual([
    'OTHER_COUNT',
    'DROVER_BAD_STATUS',
  ]);
});
