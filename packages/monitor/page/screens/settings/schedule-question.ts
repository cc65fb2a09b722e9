// Makes a schedule, or replaces one.
import type { JobSchedule } from '@drover/core';
import { ApiError } from '../../api/client.js';
import type { Field, Question, Values } from '../../parts/ask.js';
import { setQuestion, wholeNumber, type SettingOf } from './setting-buttons.js';

export function scheduleQuestion(of: SettingOf, schedule?: JobSchedule): Question {
  const says =
    schedule === undefined
      ? 'A job of the task is put for each time, once, whatever the number of dispatchers.'
      : 'The schedule is replaced. Its arguments are not shown: give them again.';
  return setQuestion(of, says, fieldsOf(schedule), bodyOf);
}

function fieldsOf(schedule: JobSchedule | undefined): readonly Field[] {
  const { cron = '', timezone = '', every, task = '', lane = '' } = schedule ?? {};
  return [
    { name: 'task', label: 'Task', value: task, isRequired: true },
    { name: 'args', label: 'Arguments, as a JSON array', kind: 'json', value: '[]' },
    { name: 'cron', label: 'Cron', value: cron, hint: '0 3 * * *: at three each night' },
    { name: 'timezone', label: 'Time zone', value: timezone, hint: 'Europe/Berlin; default UTC' },
    { name: 'every', label: 'Or each so many ms', kind: 'number', value: String(every ?? '') },
    { name: 'lane', label: 'Lane', value: lane, hint: 'default main' },
    choice('overlap', 'While the last job has not completed', ['allow', 'skip'], schedule),
    choice('missed', 'Times at which nobody ran', ['latest', 'none', 'all'], schedule),
  ];
}

function choice(
  name: 'overlap' | 'missed',
  label: string,
  options: readonly string[],
  schedule: JobSchedule | undefined,
): Field {
  return { name, label, kind: 'select', options, ...(schedule && { value: schedule[name] }) };
}

function bodyOf(values: Values): Record<string, unknown> {
  const { args = '', every = '', task, overlap, missed } = values;
  // Times of `every` have no time zone.
  const names = values['cron']?.trim() ? ['cron', 'timezone', 'lane'] : ['lane'];
  const given = names.filter((name) => values[name]?.trim());
  return {
    ...{ task, overlap, missed, args: arrayIn(args) },
    ...Object.fromEntries(given.map((name) => [name, values[name]?.trim()])),
    ...(every.trim() !== '' && { every: wholeNumber('The time', every) }),
  };
}

/** @throws ApiError */
function arrayIn(text: string): unknown[] {
  try {
    const value = JSON.parse(text.trim() === '' ? '[]' : text) as unknown;
    if (Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new ApiError(400, 'BAD_INPUT', 'The arguments must be a JSON array, such as ["a", 1].');
}
