// `drover jobs`, `job` and `explain`: lists of jobs, all about one, and why it is not done.
import type { Command } from 'commander';
import type { Explanation } from '@drover/core';
import { findJob } from '../../model/find-job.js';
import { readJobView, toRow, type JobRow } from '../../model/job-view.js';
import { span } from '../../text/words.js';
import { argument, type Act } from '../command.js';
import { addFilter, filterOf } from '../filter.js';
import { numberIn } from '../values.js';
import type { Screen, Style } from '../screen.js';
import { showJob } from '../show-job.js';

const QUEUE_OF = [
  '--queue <queue>',
  'the queue of the job (default: all are looked into)',
] as const;

export function addJobs(program: Command, act: Act): void {
  const jobs = program
    .command('jobs')
    .argument('<queue>')
    .description('lists jobs in the order in which they run; by default those that are pending')
    .option('--limit <count>', 'so many at most', '50')
    .option('--start <position>', 'from this position on', '0')
    .option('--ids', 'the ids alone, for pipes')
    .addHelpText(
      'after',
      '\nExamples:\n  drover jobs images --failed --since 1h\n' +
        "  drover jobs images --task 'images.*' --ids | xargs -n1 drover retry",
    );
  act(addFilter(jobs), async ({ view, screen, isJson }, args, options) => {
    const queue = view.queue(argument(args, 0));
    const now = await view.now();
    const start = numberIn('--start', options['start'], 0);
    const end = start + numberIn('--limit', options['limit']) - 1;
    const filter = await filterOf(view, options, now);
    const rows = (await queue.jobs({ ...filter, start, end })).map(toRow);
    if (options['ids']) for (const { id } of rows) screen.line(id);
    else if (isJson) for (const row of rows) screen.record(row);
    else showRows(screen, rows, now);
  });

  const job = program
    .command('job')
    .argument('<id>')
    .description('all about a job: times, tries, owner, options, result, and why')
    .option(...QUEUE_OF)
    .option('--redact', 'without arguments, values, annotations and results of local.once');
  act(job, async ({ view, screen, isJson }, args, options) => {
    const { queue, redact } = options as { queue?: string; redact?: boolean };
    const found = await readJobView(view, argument(args, 0), { queue, redact });
    if (isJson) screen.document(found);
    else showJob(screen, found, await view.now());
  });

  const explain = program
    .command('explain')
    .argument('<id>')
    .description('says why a job is not done, and what to do about it')
    .option(...QUEUE_OF);
  act(explain, async ({ view, screen, isJson }, args, { queue }) => {
    const id = argument(args, 0);
    // A queue can say of a job that is gone what has become of it.
    const of = queue === undefined ? (await findJob(view, id)).queue : view.queue(String(queue));
    const why = await of.explain(id);
    if (isJson) screen.document(why);
    else showWhy(screen, why);
  });
}

export function showWhy(screen: Screen, { sentence, advice }: Explanation): void {
  screen.paragraph(sentence, { style: 'bold' });
  screen.paragraph(advice);
}

export const styleOf = ({ status, outcome }: JobRow): Style | undefined =>
  outcome === 'failed' ? 'red' : status === 'active' ? 'green' : undefined;

function showRows(screen: Screen, rows: readonly JobRow[], now: number): void {
  if (rows.length === 0) {
    screen.line('No job.');
    return;
  }
  screen.table(
    [
      { title: 'ID' },
      { title: 'TASK', least: 12 },
      { title: 'LANE', least: 4 },
      { title: 'STATUS' },
      { title: 'SINCE', align: 'right' },
    ],
    rows.map((row) => [row.id, row.task, row.lane, stateOf(row), sinceOf(row, now)]),
    rows.map(styleOf),
  );
}

/** The status, or the outcome of a job that has completed. */
export function stateOf({ status, outcome }: JobRow): string {
  return status === 'completed' ? (outcome ?? status) : status;
}

function sinceOf({ times, status }: JobRow, now: number): string {
  const { ended, started, due, put } = times;
  const since = ended ?? (status === 'pending' ? (due ?? put) : (started ?? put));
  if (since === undefined) return '-';
  return since > now ? `in ${span(since - now)}` : span(now - since);
}
