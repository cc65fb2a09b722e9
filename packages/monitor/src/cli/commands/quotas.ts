// `drover quotas`: how many jobs of a queue run at a time.
import type { Command } from 'commander';
import type { Queue, Quota } from '@drover/core';
import { setQuota } from '../../model/settings.js';
import { tell, type Act, type Session } from '../command.js';
import { numberIn } from '../values.js';
import { addSettings, showItems, type Line } from './setting.js';

export function addQuotas(program: Command, act: Act): void {
  const actions = { set, remove };
  addSettings(program, act, { command: 'quotas', one: 'quota', show, actions })
    .argument('[size]', 'how many jobs may hold it at a time')
    .option('--keyed', 'of a new one: each key has such a size')
    .description('the quotas of a queue, who holds them, and how many jobs wait')
    .addHelpText('after', '\nExample:\n  drover quotas images set disk 4');
}

async function set(
  session: Session,
  queue: Queue,
  { name, words: [text], options: { keyed } }: Line,
): Promise<void> {
  const size = numberIn('the size of a quota', text, 0);
  const before = await setQuota(queue, name, size, keyed === true);
  const done =
    before === undefined
      ? `is made, with the size ${size}`
      : `has the size ${size}, before ${before}`;
  tell(session, { queue: queue.name, quota: name, size }, `The quota ${name} ${done}.`);
}

async function remove(session: Session, queue: Queue, { name }: Line): Promise<void> {
  await queue.quotas.remove(name);
  const document = { queue: queue.name, quota: name, removed: true };
  tell(session, document, `The quota ${name} is gone.`);
}

async function show(session: Session, queue: Queue): Promise<void> {
  showItems<Quota>(session, await queue.quotas.list(), {
    columns: [
      { title: 'QUOTA', least: 8 },
      { title: 'SIZE', align: 'right' },
      { title: 'HELD', align: 'right' },
      { title: 'WAITING', align: 'right' },
      { title: 'HELD BY', least: 36 },
    ],
    row: ({ name, size, held, holders, waiters }) => [
      ...[name, String(size), String(held), String(waiters)],
      holders.slice(0, 3).join(' '),
    ],
    style: ({ size, held, waiters }) => (waiters > 0 && held >= size ? 'yellow' : undefined),
    none: `The queue ${queue.name} has no quotas.`,
  });
}
