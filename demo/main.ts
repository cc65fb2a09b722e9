// The demo: npm run demo [-- DIRECTORY]. The exit status is 0 only if it has shown all that it
// promises.
import { constants } from 'node:os';
import { startDashboard, type Dashboard } from './dashboard.js';
import { Demo, WORKERS } from './demo.js';
import { findTextFiles, MAX_FILES, toBatches } from './files.js';
import { readOptions, UsageError, type Options } from './options.js';
import { Screen } from './screen.js';
import { countOf } from './verdict.js';

const screen = new Screen();

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    screen.line(options);
    return 0;
  }
  const { source, pace } = options;
  const files = await findTextFiles(source);
  if (files.length === 0) throw new UsageError(`there are no text files in ${source.directory}`);
  const batches = toBatches(files);
  const which = files.length < MAX_FILES ? '' : 'the first ';
  screen.line(
    screen.style(
      'bold',
      `Drover indexes ${which}${countOf(files.length, 'text file')} of ${source.directory}`,
    ),
  );
  screen.line(
    `${WORKERS} worker processes run two batches each at a time: ` +
      `${batches.length} in all, ${sizeOf(batches)}.`,
  );
  screen.line(
    `Each batch is slowed down by ${pace} ms, so that there is something to interrupt (--pace).\n`,
  );
  return await runDemo(new Demo(options, files, batches.length, screen), options);
}

function sizeOf([first = []]: readonly string[][]): string {
  return first.length === 1 ? 'one file each' : `up to ${first.length} files each`;
}

async function runDemo(demo: Demo, { dashboard }: Options): Promise<number> {
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve(128 + constants.signals[signal]));
    }
    // The reader of the output is gone.
    process.stdout.on('error', () => resolve(128 + constants.signals.SIGPIPE));
  });
  process.on('exit', () => demo.kill());
  let status = 1;
  let page: Dashboard | undefined;
  try {
    page = dashboard ? await startDashboard(demo.prefix) : undefined;
    if (page) screen.line(`See it in a browser: ${screen.style('bold', page.url)}\n`);
    status = await Promise.race([demo.run().then((ok) => (ok ? 0 : 1)), interrupted]);
    if (status <= 1) await stay(page, interrupted);
  } catch (error) {
    screen.endProgress();
    screen.line(screen.style('red', `The demo has failed: ${(error as Error).message}`));
  }
  if (status > 128) {
    screen.endProgress();
    screen.line('Told to stop: the workers are ended.');
  }
  await page?.end();
  await demo.end(status !== 1);
  return status;
}

/** Until Ctrl-C, where there is a page. */
async function stay(page: Dashboard | undefined, interrupted: Promise<number>): Promise<void> {
  if (!page) {
    screen.line('To see it in a browser: npm run demo -- --dashboard');
    return;
  }
  screen.line(`The page at ${page.url} stays until Ctrl-C.`);
  await interrupted;
}

async function statusOfMain(): Promise<number> {
  try {
    return await main();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`drover demo: ${error.message}`);
    return 1;
  }
}

// Ends at once: after a signal, something may still wait for an event that will not come.
process.exit(await statusOfMain());
