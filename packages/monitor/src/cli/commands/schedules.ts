// `drover schedules`: jobs that are put at given times.
import { Option, type Command } from 'commander';
import type { JobSchedule, Queue } from '@drover/core';
import { setSchedule, type ScheduleSettings } from '../../model/settings.js';
import { moment, span } from '../../text/words.js';
import { tell, WrongUse, type Act, type Session } from '../command.js';
import { argumentsIn, spanIn } from '../values.js';
import { addSettings, showItems, type Line, type SettingActions } from './setting.js';

export function addSchedules(program: Command, act: Act): void {
  const actions = {
    set,
    pause: changing('pause', 'paused'),
    resume: changing('resume', 'resumed'),
    remove: changing('remove', 'removed'),
  };
  addSettings(program, act, { command: 'schedules', one: 'schedule', show, actions })
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
}

function changing(action: 'pause' | 'resume' | 'remove', done: string): SettingActions[string] {
  return async (session, queue, { name }) => {
    await queue.schedules[action](name);
    const document = { queue: queue.name, schedule: name, done };
    tell(session, document, `The schedule ${name} is ${done}.`);
  };
}

async function set(session: Session, queue: Queue, { name, words, options }: Line): Promise<void> {
  const [task, json = '[]'] = words;
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

async function show(session: Session, queue: Queue): Promise<void> {
  const [schedules, now] = await Promise.all([queue.schedules.list(), session.view.now()]);
  showItems<JobSchedule>(session, schedules, {
    columns: [
      { title: 'SCHEDULE', least: 8 },
      { title: 'TIMES', least: 8 },
      { title: 'TASK', least: 8 },
      { title: 'NEXT', least: 8 },
      { title: 'LAST JOB', least: 12 },
    ],
    row: (schedule) => [
      schedule.name,
      timesOf(schedule),
      schedule.task,
      nextOf(schedule, now),
      schedule.last?.id ?? '-',
    ],
    style: ({ damaged }) => (damaged === undefined ? undefined : 'red'),
    none: `The queue ${queue.name} has no schedules.`,
  });
}

function timesOf({ cron, timezone, every }: JobSchedule): string {
  return cron === undefined ? `every ${span(every ?? 0)}` : `${cron} ${timezone ?? ''}`.trim();
}

function nextOf({ next, damaged, paused }: JobSchedule, now: number): string {
  if (damaged !== undefined) return `damaged: ${damaged}`;
  if (paused || next === undefined) return 'paused';
  return next > now ? `in ${span(next - now)}` : moment(next);
}
