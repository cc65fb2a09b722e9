// `drover quotas` and `schedules`: the settings of a queue.
import { Argument, type Command } from 'commander';
import type { JobSchedule, Queue } from '@drover/core';
import { setQuota } from '../../model/settings.js';
import { moment, span } from '../../text/words.js';
import { argument, tell, WrongUse, type Act, type Session } from '../command.js';
import { numberIn } from '../filter.js';

export function addSettings(program: Command, act: Act): void {
  const quotas = program
    .command('quotas')
    .argument('<queue>')
    .addArgument(new Argument('[action]', 'what to do').choices(['set', 'remove']))
    .argument('[name]', 'of a quota')
    .argument('[size]', 'how many jobs may hold it at a time')
    .description('the quotas of a queue, who holds them, and how many jobs wait')
    .addHelpText('after', '\nExample:\n  drover quotas images set disk 4');
  act(quotas, async (session, args) => {
    const queue = session.view.queue(argument(args, 0));
    const [, action, name, size] = args;
    if (action === undefined) await showQuotas(session, queue);
    else if (name === undefined) throw new WrongUse(`quotas ${action} needs the name of a quota`);
    else if (action === 'set') await changeQuota(session, queue, name, size);
    else {
      await queue.quotas.remove(name);
      tell(
        session,
        { queue: queue.name, quota: name, removed: true },
        `The quota ${name} is gone.`,
      );
    }
  });

  const schedules = program
    .command('schedules')
    .argument('<queue>')
    .addArgument(new Argument('[action]', 'what to do').choices(['pause', 'resume', 'remove']))
    .argument('[name]', 'of a schedule')
    .description('the schedules of a queue, with their next times');
  act(schedules, async (session, args) => {
    const queue = session.view.queue(argument(args, 0));
    const [, action, name] = args;
    if (action === undefined) await showSchedules(session, queue);
    else if (name === undefined)
      throw new WrongUse(`schedules ${action} needs the name of a schedule`);
    else {
      await queue.schedules[action as 'pause'](name);
      const done = { pause: 'paused', resume: 'resumed', remove: 'removed' }[action] ?? action;
      tell(
        session,
        { queue: queue.name, schedule: name, done },
        `The schedule ${name} is ${done}.`,
      );
    }
  });
}

async function changeQuota(
  session: Session,
  queue: Queue,
  name: string,
  text: string | undefined,
): Promise<void> {
  const size = numberIn('the size of a quota', text, 0);
  const before = await setQuota(queue, name, size);
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

async function showSchedules({ screen, isJson, view }: Session, queue: Queue): Promise<void> {
  const [schedules, now] = await Promise.all([queue.schedules.list(), view.now()]);
  if (isJson) for (const schedule of schedules) screen.record(schedule);
  else if (schedules.length === 0) screen.line(`The queue ${queue.name} has no schedules.`);
  else
    screen.table(
      [
        { title: 'SCHEDULE', least: 8 },
        { title: 'TIMES', least: 8 },
        { title: 'TASK', least: 8 },
        { title: 'NEXT', least: 8 },
        { title: 'LAST JOB', least: 12 },
      ],
      schedules.map((schedule) => [
        schedule.name,
        timesOf(schedule),
        schedule.task,
        nextOf(schedule, now),
        schedule.last?.id ?? '-',
      ]),
      schedules.map(({ damaged }) => (damaged === undefined ? undefined : 'red')),
    );
}

function timesOf({ cron, timezone, every }: JobSchedule): string {
  return cron === undefined ? `every ${span(every ?? 0)}` : `${cron} ${timezone ?? ''}`.trim();
}

function nextOf({ next, damaged, paused }: JobSchedule, now: number): string {
  if (damaged !== undefined) return `damaged: ${damaged}`;
  if (paused || next === undefined) return 'paused';
  return next > now ? `in ${span(next - now)}` : moment(next);
}
