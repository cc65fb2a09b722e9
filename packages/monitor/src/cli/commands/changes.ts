// `drover retry`, `cancel` and `remove`: one job, or all that pass a filter.
import type { Command } from 'commander';
import { CHANGES, type Change } from '../../model/changes.js';
import { findJob } from '../../model/find-job.js';
import { counted } from '../../text/words.js';
import { argument, tell, WrongUse, type Act, type Session } from '../command.js';
import { isConfirmed, type ConfirmOptions } from '../confirm.js';
import { addFilter, filterOf, isEmpty } from '../filter.js';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-/;

export function addChanges(program: Command, act: Act): void {
  for (const change of CHANGES) {
    const { name, description } = change;
    const command = addFilter(
      program
        .command(name)
        .argument('<target>', 'the id of a job, or a queue')
        .description(description),
    )
      .option('--all', 'of a queue without a filter: all of these')
      .option('--queue <queue>', 'the queue of the job (default: all are looked into)')
      .option('--dry-run', 'only counts the jobs')
      .option('--confirm <count>', 'so many jobs are to be changed');
    if (name === 'cancel') command.option('--reason <text>', 'the message of the failure');
    command.addHelpText(
      'after',
      `\nExamples:\n  drover ${name} 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b\n` +
        `  drover ${name} images --task 'images.*' --dry-run\n` +
        `  drover ${name} images --task 'images.*' --confirm 12`,
    );
    act(command, async (session, args, options) => {
      const target = argument(args, 0);
      if (ID.test(target)) await changeOne(session, change, target, options);
      else return await changeAll(session, change, target, options);
    });
  }
}

async function changeOne(
  session: Session,
  { one, done }: Change,
  id: string,
  { queue: name, reason }: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { queue, job } = await findJob(session.view, id, name as string | undefined);
  await one(job, queue, reason as string | undefined);
  tell(session, { id, done: true }, `Job ${id} (${job.task}): ${done}.`);
}

async function changeAll(
  session: Session,
  { name, all, done: word }: Change,
  target: string,
  options: Readonly<Record<string, unknown>>,
): Promise<0 | 1> {
  const queue = session.view.queue(target);
  const filter = await filterOf(session.view, options, await session.view.now());
  const { reason } = options as { reason?: string };
  if (isEmpty(filter) && options['all'] !== true)
    throw new WrongUse(`${name} ${target} needs a filter, or --all`);
  const { matched } = await all(queue, filter, { dryRun: true });
  if (!(await isConfirmed(session, `${name} ${target}`, matched, options as ConfirmOptions)))
    return 0;
  const { signal } = session.terminal;
  const bounds = { signal, most: matched };
  const changed = await all(queue, filter, { ...bounds, ...(reason !== undefined && { reason }) });
  const skipped = changed.matched - changed.done;
  const more = skipped > 0 ? `; ${counted(skipped, 'job')} could not be changed any more` : '';
  tell(session, changed, `${counted(changed.done, 'job')} ${word}${more}.`);
  return skipped > 0 ? 1 : 0;
}
