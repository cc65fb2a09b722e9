// `drover schedules`: jobs that are put at given times.
import { Argument, Option, type Command } from 'commander';
import type { JobSchedule, Queue } from '@drover/core';
import { setSchedule, type ScheduleSettings } from '../../model/settings.js';
import { moment, span } from '../../text/words.js';
import { argument, tell, WrongUse, type Act, type Session } from '../command.js';
import { argumentsIn, spanIn } from '../values.js';

export function addSchedules(program: Command, act: Act): void {
  const schedules = program
    .command('schedules')
    .argument('<queue>')
    .addArgument(
      new Argument('[action]', 'what to do').choices(['set', 'pause', 'resume', 'remove']),
    )
    .argument('[name]', 'of a schedule')
    .argument('[task]', 'to set it: the name of the task of its jobs')
    .argument('[json]', 'their arguments: an array', '[]')
    .option('--cron <expression>', 'when: five fields, or six with seconds')
    .option('--timezone <name>', 'of --cron (default: UTC)')
    .option('--every <time>', 'in the place of --cron: 30s, 5m, 1h')
    .option('--lane <lane>', 'of its jobs (default: main)')
    .addOption(
      new Option('--overlap <how>', 'while the last job has not ended').choices(['allow', 'skip']),
    )
    .addOption(
      new Option('--missed <which>', 'times at which nobody ran').choices([
        ...['none', 'latest', 'all'],
      ]),
    )
    .description('the schedules of a queue, with their next times')
    .addHelpText(
      'after',
      "\nExample:\n  drover schedules images set nightly images.sweep '[7]' --cron '0 3 * * *'",
    );
  act(schedules, async (session, args, options) => {
    const queue = session.view.queue(argument(args, 0));
    const [, action, name, task, json = '[]'] = args;
    if (action === undefined) await showSchedules(session, queue);
    else if (name === undefined)
      throw new WrongUse(`schedules ${action} needs the name of a schedule`);
    else if (action === 'set') await set(session, queue, name, task, json, options);
    else {
      await queue.schedules[action as 'pause'](name);
      const done = { pause: 'paused', resume: 'resumed', remove: 'removed' }[action] ?? action;
      const document = { queue: queue.name, schedule: name, done };
      tell(session, document, `The schedule ${name} is ${done}.`);
    }
  });
}

async function set(
  session: Session,
  queue: Queue,
  name: string,
  task: string | undefined,
  json: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (task === undefined) throw new WrongUse('schedules set needs the name of a task');
  const { every, ...others } = options as ScheduleOptions;
  await setSchedule(queue, name, {
    ...{ task, args: argumentsIn(json) },
    ...others,
    ...(every !== undefined && { every: spanIn('--every', every) }),
  });
  const next = (await queue.schedules.get(name))?.next;
  const at = next === undefined ? '' : `: its next time is ${moment(next)}`;
  const document = { queue: queue.name, schedule: name, task, ...(next !== undefined && { next }) };
  tell(session, document, `The schedule ${name} is set${at}.`);
}

type ScheduleOptions = Omit<ScheduleSettings, 'task' | 'args' | 'every'> & { every?: string };

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
