// The screen of a tree, in a real browser.
import { defineTask, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { open, served, sideways } from './browser.js';

const context = testContext('browser-tree');
const dispatchers = dispatchersIn(context);
const queue = context.queue('work');
const echo = defineTask('tree.echo', (value: unknown) => value);
const fails = defineTask('tree.<b>fails</b>', (value: unknown) => {
  throw new Error(`<i>no</i> such bucket ${String(value)}`);
});
const sums = defineTask('tree.sum', (...jobs: unknown[]) => jobs.length);

let url: string;
const NARROW = { width: 360, height: 700 };

beforeAll(async () => {
  url = await served(context);
  await dispatchers.start('work', { queues: { work: { main: { size: 8 } } } });
});

const hashOf = ({ id }: Job): string => `#/jobs/${id}/tree?queue=work`;

it('C1 a tree is shown as it was written: serial in order, others failures first', async () => {
  const idle = echo.job('last').with({ lane: 'idle' });
  const job = await queue.put(
    serial([
      parallel([echo.job(1), fails.job(2), echo.job(3)], { postprocess: sums.job() }),
      serial([echo.job('a'), echo.job('b')]),
      idle,
    ]),
  );
  const { page, show, complaints } = await open(url);
  await show(hashOf(job));
  const tree = page.locator('.tree');
  await tree.getByText('2/3').waitFor();
  const outer = tree.locator(':scope > .branches > li > .node .node-name');
  expect(await outer.allInnerTexts()).toEqual(['parallel', 'serial', 'tree.echo']);
  const inner = tree.locator(':scope > .branches > li:first-child > .branches > li > .node');
  expect(await inner.locator('.node-name').allInnerTexts()).toEqual([
    ...['tree.<b>fails</b>', 'tree.echo', 'tree.echo', 'tree.sum'],
  ]);
  expect(await inner.last().locator('.node-role').innerText()).toBe('postprocess');
  await tree.getByText('Error: <i>no</i> such bucket 2').waitFor();
  await page.getByRole('heading', { name: 'It goes on' }).waitFor();
  await dispatchers.start('work', { queues: { work: { other: { size: 1, lanes: ['idle'] } } } });
  await page.getByRole('heading', { name: 'It has ended' }).waitFor();
  await tree.getByText('3/3', { exact: true }).first().waitFor();
  await tree.locator('.node.failed').getByRole('link').click();
  await page.getByRole('heading', { name: /fails<\/b> failed/ }).waitFor();
  expect(complaints).toEqual([]);
});

it('C1, C5 a thousand parts are a strip: one stop of Tab, arrow keys, and live', async () => {
  const parts = Array.from({ length: 1_000 }, (_, i) =>
    i === 700 ? fails.job(i) : echo.job(i).with(i < 950 ? {} : { lane: 'slow' }),
  );
  const job = await queue.put(parallel(parts));
  const { page, show, complaints } = await open(url);
  await show(hashOf(job));
  const strip = page.getByRole('slider', { name: 'Parts' });
  const at = (says: string) => page.locator(`[aria-valuetext="${says}"]`).waitFor();
  const legend = page.locator('.legend');
  await legend.getByText('949 succeeded').waitFor();
  await legend.getByText('50 pending').waitFor();
  await strip.focus();
  await page.keyboard.press('End');
  await at('Part 1000 of 1000: pending');
  await page.keyboard.press('ArrowLeft');
  await at('Part 999 of 1000: pending');
  await page.keyboard.press('Home');
  await at('Part 1 of 1000: succeeded');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  await at('Part 2 of 1000: succeeded');
  await page.getByRole('button', { name: 'Next failed part' }).click();
  await at('Part 701 of 1000: failed');
  await dispatchers.start('work', { queues: { work: { slow: { size: 9, lanes: ['slow'] } } } });
  await legend.getByText('999 succeeded').waitFor();
  await strip.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /fails<\/b> failed/ }).waitFor();
  expect(complaints).toEqual([]);
});

it('C1 the pointer chooses a part of the strip, and at 360 px nothing scrolls sideways', async () => {
  const job = await queue.put(parallel(Array.from({ length: 100 }, (_, i) => echo.job(i))));
  const { page, show, complaints } = await open(url, { viewport: NARROW });
  await show(hashOf(job));
  await page.locator('.legend').getByText('100 succeeded').waitFor();
  const strip = page.getByRole('slider', { name: 'Parts' });
  await strip.hover({ position: { x: 27, y: 5 } });
  await page.locator('[aria-valuenow="3"]').waitFor();
  expect(await sideways(page)).toBe(0);
  await strip.click({ position: { x: 5, y: 5 } });
  await page.getByRole('heading', { name: /tree\.echo succeeded/ }).waitFor();
  await page.getByText('Part or callback of').waitFor();
  expect(complaints).toEqual([]);
});
