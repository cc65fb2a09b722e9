// The screen of a job, in a real browser.
import { defineTask, local, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { open, served, serving, sideways } from './browser.js';
import { HOSTILE, SHOWN } from './scene.js';

const context = testContext('browser-job');
const dispatchers = dispatchersIn(context);
const queue = context.queue('work');
/** A name has whole characters only. */
const NAME = `browser.${HOSTILE.replace('\ud800', '')}`;

const echo = defineTask('browser.echo', (value: unknown) => value);
const waits = defineTask('browser.waits', async () => {
  await local.setLiveAnnotation('progress', 40);
  await local.once('paid', () => Promise.resolve('receipt-17'));
  return await local.getLiveAnnotation('go', { timeout: 60_000, poll: 20 });
});
const fails = defineTask(NAME, async (value: unknown) => {
  await local.setLiveAnnotation('<i>note</i>', value);
  throw new Error(HOSTILE, { cause: new TypeError('the inner one') });
});

let url: string;
const NARROW = { width: 360, height: 700 };
let uuid: string;

beforeAll(async () => {
  url = await served(context);
  ({ uuid } = await dispatchers.start('work', { queues: { work: { main: { size: 4 } } } }));
});

/** Without those about answers that are no answer, which the browser notes. */
const others = (complaints: readonly string[]) =>
  complaints.filter((said) => !said.includes('Failed to load resource'));

const hashOf = ({ id }: Job): string => `#/jobs/${id}?queue=work`;

it('O4 a job shows why it is not done, its options, and what to do', async () => {
  await queue.quotas.create('disk', 1);
  const job = await queue.put(echo.job({ a: 1 }), {
    ...{ lane: 'idle', quotas: ['disk'], priority: 7, meta: { tenant: 'acme' } },
  });
  const { page, show, complaints } = await open(url);
  await show(hashOf(job));
  await page.getByText('No active agent serves').first().waitFor();
  for (const text of ['browser.echo', '"a": 1', '"tenant": "acme"', 'disk', '7', 'idle'])
    await page.getByText(text, { exact: false }).first().waitFor({ state: 'attached' });
  await page.getByRole('heading', { name: /browser\.echo pending/ }).waitFor();
  expect(complaints).toEqual([]);
});

it('D10 a job that ends while its page is open changes without a reload', async () => {
  const job = await queue.put(waits.job());
  await job.addCallback(echo.job('told'));
  const { page, show, complaints } = await open(url);
  await show(hashOf(job));
  await page.getByRole('heading', { name: /browser\.waits active/ }).waitFor();
  const timeline = page.locator('.timeline');
  await timeline.getByText('Run 1 began').waitFor();
  await page.getByText('40/100').waitFor();
  await page.getByText('"receipt-17"').waitFor();
  await page
    .getByRole('link', { name: uuid.slice(0, 8) })
    .first()
    .waitFor();
  await job.annotate('go', { done: 'yes' });
  await page.getByRole('heading', { name: /browser\.waits succeeded/ }).waitFor();
  await timeline.getByText('Result: succeeded').waitFor();
  await timeline.getByText('Callback browser.echo').waitFor();
  await page.getByText('"done": "yes"').first().waitFor();
  await timeline.locator('li.ahead').first().waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
});

it('J4 hostile names, arguments, annotations and failures stay text', async () => {
  const job = await queue.put(fails.job({ [HOSTILE]: HOSTILE }));
  const { page, show, complaints } = await open(url);
  await show(hashOf(job));
  await page
    .getByRole('heading', { name: `browser.${SHOWN.replace('\\ud800', '')} failed` })
    .waitFor();
  await page.locator('.failure-message').getByText(SHOWN, { exact: true }).waitFor();
  await page.getByText('caused by').waitFor();
  await page.getByText('the inner one').first().waitFor();
  await page.locator('.entries dt').getByText('<i>note</i>', { exact: true }).waitFor();
  await page.getByText('onerror=alert(1)').nth(3).waitFor({ state: 'attached' });
  expect(await page.locator('main img, main i, main b').count()).toBe(0);
  expect(complaints).toEqual([]);
});

it('J4 of a long value the beginning is shown, and all of it when asked for', async () => {
  const job = await queue.put(echo.job(`${'x'.repeat(50_000)}the end`), { lane: 'idle' });
  const { page, show, complaints } = await open(url);
  await show(hashOf(job));
  const shown = page.locator('.json').first();
  await page.getByRole('button', { name: /^Show all 50\d{3} characters$/ }).click();
  await shown.getByText('the end').waitFor({ state: 'attached' });
  expect(complaints).toEqual([]);
});

it('O1, O3, Q3 a job is cancelled, retried and removed after a question', async () => {
  const { page, show, complaints } = await open(url);
  const answer = async (button: string, verb: string): Promise<void> => {
    await page.getByRole('button', { name: button, exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('This is 1 job.').waitFor();
    await dialog.getByRole('button', { name: verb }).click();
    await dialog.getByText('1 job matched, 1 done.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
  };
  const job = await queue.put(echo.job(1), { lane: 'idle' });
  await show(hashOf(job));
  await page.getByRole('button', { name: 'Cancel job' }).click();
  await page.getByLabel('Reason (optional)').fill('not wanted');
  await page.keyboard.press('Escape');
  expect((await queue.get(job.id))?.status).toBe('pending');
  await answer('Cancel job', 'Cancel 1 job');
  await page.getByRole('heading', { name: /failed$/ }).waitFor();
  await answer('Retry', 'Retry 1 job');
  await page.getByRole('heading', { name: /pending$/ }).waitFor();
  await answer('Remove', 'Remove 1 job');
  await page.getByText('there is no job').waitFor();
  await page.getByText('was removed').first().waitFor();
  expect(await queue.get(job.id)).toBeUndefined();
  expect(others(complaints)).toEqual([]);
});

it('D10 a page whose server stops says so, and goes on when it is there again', async () => {
  const own = await serving(context);
  const job = await queue.put(waits.job());
  const { page, show, complaints } = await open(own.url);
  await show(hashOf(job));
  await page.getByRole('heading', { name: /active$/ }).waitFor();
  await own.stop();
  await page.locator('.connection.away').waitFor();
  await job.annotate('go', 1);
  await eventually(async () => (await queue.get(job.id))?.status === 'completed');
  await page.getByRole('heading', { name: /active$/ }).waitFor();
  await own.start();
  await page.getByRole('heading', { name: /succeeded$/ }).waitFor();
  await page.locator('.connection.away').waitFor({ state: 'hidden' });
  expect(others(complaints)).toEqual([]);
});

it('I4 an interrupted job shows its interrupts, and who decided about them', async () => {
  const first = await dispatchers.start('other', { size: 1 });
  const other = context.queue('other');
  const job = waits.job();
  const begun = hasStarted(first, job);
  await other.put(job);
  await begun;
  await first.deactivate();
  const { page, show, complaints } = await open(url);
  await show(`#/jobs/${job.id}?queue=other`);
  await page.getByRole('heading', { name: /browser\.waits interrupted/ }).waitFor();
  await page.locator('.timeline').getByText('to be decided by').waitFor();
  await dispatchers.start('other', { size: 1 });
  await page
    .locator('.timeline')
    .getByText(/^decided by/)
    .waitFor();
  await page.locator('.timeline').getByText('Run 2 began').waitFor();
  await page.getByText('Claimed 2 times').waitFor();
  await job.cancel();
  await page.getByRole('heading', { name: /failed$/ }).waitFor();
  expect(complaints).toEqual([]);
});

it('B2 with redaction a job shows no values, and a read-only monitor has no buttons', async () => {
  const job = await queue.put(fails.job('hunter2'));
  await job.wait().catch(() => undefined);
  const hidden = await served(context, { redact: true, readOnly: true });
  const { page, show, complaints } = await open(hidden);
  await show(hashOf(job));
  await page.getByRole('heading', { name: /failed$/ }).waitFor();
  await page.getByText('Not shown: redacted.').first().waitFor();
  expect(await page.locator('body').innerText()).not.toMatch(/hunter2|the inner one/);
  expect(await page.getByRole('button', { name: /Retry|Cancel|Remove/ }).count()).toBe(0);
  expect(complaints).toEqual([]);
});

it('C1 at 360 px the page of a job does not scroll sideways', async () => {
  const job = await queue.put(parallel([echo.job(1), fails.job('x'.repeat(300))]));
  const { page, show } = await open(url, { viewport: NARROW });
  await show(hashOf(job));
  await page.getByRole('heading', { name: /succeeded$/ }).waitFor();
  await page.getByText('Parts, together').waitFor();
  expect(await sideways(page)).toBe(0);
  await page.locator('.branches .failed').getByRole('link').click();
  await page.getByRole('heading', { name: /failed$/ }).waitFor();
  expect(await sideways(page)).toBe(0);
});
