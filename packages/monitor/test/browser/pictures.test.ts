// The pictures of the docs: an overview with an alarm, and a tree that goes on. With
// DROVER_PICTURES=1 they are written to docs/pictures.
import { defineTask, local } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { root } from '../../../../test/kit/paths.js';
import { open, served } from './browser.js';

const context = testContext('browser-pictures');
const dispatchers = dispatchersIn(context);
const queue = context.queue('images');
const resize = defineTask('images.resize', (name: string) => {
  if (name === 'f.png') throw new Error('no such bucket');
  return name;
});
const index = defineTask('images.index', async (name: string) => {
  if (name === 'all') await new Promise((end) => local.signal.addEventListener('abort', end));
  return name;
});
const notify = defineTask('images.notify', () => undefined);
const sum = defineTask('images.sum', (...jobs: unknown[]) => jobs.length);

it('O4, C1 the overview and the tree of the docs', async () => {
  const url = await served(context);
  await dispatchers.start('images', { size: 4 });
  const files = Array.from('abcdefgh', (name) => resize.job(`${name}.png`));
  const job = await queue.put(
    serial([parallel(files, { postprocess: sum.job() }), index.job('all'), notify.job()]),
  );
  await queue.put(notify.job().with({ lane: 'gpu' }));
  const picture = async (name: string, hash: string, shows: string, charts = 0): Promise<void> => {
    const viewport = { width: 1_100, height: 700 };
    const { page, show, complaints } = await open(url, { viewport, colorScheme: 'light' });
    await show(hash);
    await page.getByText(shows).first().waitFor();
    if (charts > 0)
      await page
        .locator('.uplot')
        .nth(charts - 1)
        .waitFor();
    const taken = await page.screenshot();
    expect(taken.length).toBeGreaterThan(20_000);
    expect(complaints).toEqual([]);
    if (process.env['DROVER_PICTURES'] === undefined) return;
    const folder = join(root, 'docs/pictures');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.png`), taken);
  };
  await picture('overview', '#/', 'No active agent serves the lane gpu', 2);
  await picture('tree', `#/jobs/${job.id}/tree?queue=images`, '1/3');
});
