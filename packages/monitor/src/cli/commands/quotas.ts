// `drover quotas`: how many jobs of a queue run at a time.
import { Argument, type Command } from 'commander';
import type { Queue } from '@drover/core';
import { setQuota } from '../../model/settings.js';
import { argument, tell, WrongUse, type Act, type Session } from '../command.js';
import { numberIn } from '../values.js';

export function addQuotas(program: Command, act: Act): void {
  const quotas = program
    .command('quotas')
    .argument('<queue>')
    .addArgument(new Argument('[action]', 'what to do').choices(['set', 'remove']))
    .argument('[name]', 'of a quota')
    .argument('[size]', 'how many jobs may hold it at a time')
    .option('--keyed', 'of a new one: each key has such a size')
    .description('the quotas of a queue, who holds them, and how many jobs wait')
    .addHelpText('after', '\nExample:\n  drover quotas images set disk 4');
  act(quotas, async (session, args, { keyed }) => {
    const queue = session.view.queue(argument(args, 0));
    const [, action, name, size] = args;
    if (action === undefined) await showQuotas(session, queue);
    else if (name === undefined) throw new WrongUse(`quotas ${action} needs the name of a quota`);
    else if (action === 'set') await changeQuota(session, queue, name, size, keyed === true);
    else {
      await queue.quotas.remove(name);
      const document = { queue: queue.name, quota: name, removed: true };
      tell(session, document, `The quota ${name} is gone.`);
    }
  });
}

async function changeQuota(
  session: Session,
  queue: Queue,
  name: string,
  text: string | undefined,
  isKeyed: boolean,
): Promise<void> {
  const size = numberIn('the size of a quota', text, 0);
  const before = await setQuota(queue, name, size, isKeyed);
  const done =
    before === undefined
      ? `is made, with the size ${size}`
      : `has the size ${size}, before ${before}`;
  tell(session, { queue: queue.name, quota: name, size }, `The quota ${name} ${done}.`);
}

async function showQuotas({ screen, isJson }: Session, queue: Queue): Promise<void> {
  const quotas = await queue.quotas.list();
  if (isJson) for (const quota of quotas) screen.record(quota);
  else if (quotas.length === 0) screen.line(`The queue ${queue.name} has no quotas.`);
  else
    screen.table(
      [
        { title: 'QUOTA', least: 8 },
        { title: 'SIZE', align: 'right' },
        { title: 'HELD', align: 'right' },
        { title: 'WAITING', align: 'right' },
        { title: 'HELD BY', least: 36 },
      ],
      quotas.map(({ name, size, held, holders, waiters }) => [
        ...[name, String(size), String(held), String(waiters)],
        holders.slice(0, 3).join(' '),
      ]),
      quotas.map(({ size, held, waiters }) => (waiters > 0 && held >= size ? 'yellow' : undefined)),
    );
}
