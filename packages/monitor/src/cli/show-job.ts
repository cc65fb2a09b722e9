// Shows all about a job.
import type { FailureData } from '@drover/core';
import type { JobView } from '../model/job-view.js';
import { cleanJson } from '../text/clean.js';
import { moment, span } from '../text/words.js';
import type { Screen } from './screen.js';

/** So many characters of a value are shown: `--json` has all. */
const MOST = 2_000;
const NAMES = 12;

export function showJob(screen: Screen, job: JobView, now: number): void {
  screen.paragraph(job.why.sentence, { style: 'bold' });
  screen.paragraph(job.why.advice);
  screen.line();
  const show = (name: string, value: string | undefined): void => {
    if (value === undefined || value === '' || value === '{}') return;
    screen.entry(name, value, NAMES);
  };
  show('id', job.id);
  show('task', job.task);
  show('queue', `${job.queue}, lane ${job.lane}`);
  show('status', job.outcome === undefined ? job.status : `${job.status}, ${job.outcome}`);
  for (const name of ['put', 'due', 'started', 'ended'] as const) {
    const time = job.times[name];
    if (time !== undefined) show(name, `${moment(time)} (${distance(time, now)})`);
  }
  show('runs', triesOf(job));
  show(
    'dispatcher',
    job.dispatcher && `${job.dispatcher}${job.agent ? `, agent ${job.agent}` : ''}`,
  );
  show('options', cleanJson(withoutMeta(job.options)));
  show('meta', cleanJson(job.meta));
  show('policy data', cleanJson(job.policyData));
  show('schedule', job.schedule && `${job.schedule.name}, for ${moment(job.schedule.time)}`);
  show('parent', job.parent && nameOf(job.parent));
  for (const callback of job.callbacks) show('callback', nameOf(callback));
  if (job.args !== undefined) show('arguments', value(job.args));
  if (job.annotations) show('annotations', value(job.annotations));
  if (job.once) show('once', value(job.once));
  if (job.value !== undefined) show('value', value(job.value));
  if (job.failure) showFailure(screen, job.failure);
}

function triesOf({ attempts, interruptions, fence, retries }: JobView): string {
  return `${attempts} begun, ${retries} retries, ${interruptions} interruptions, fence ${fence}`;
}

function withoutMeta({ meta: _, ...options }: JobView['options']): object {
  return options;
}

function nameOf({ id, task, queue }: { id: string; task: string; queue: string }): string {
  return `${id} (${task}) in ${queue}`;
}

function distance(time: number, now: number): string {
  return time > now ? `in ${span(time - now)}` : `${span(now - time)} ago`;
}

function value(of: unknown): string {
  const json = cleanJson(of);
  return json.length > MOST ? `${json.slice(0, MOST)}… (${json.length} characters)` : json;
}

/** The failure, and the failures that caused it. */
function showFailure(screen: Screen, failure: FailureData): void {
  for (let [of, name] = [failure as FailureData | undefined, 'failure']; of; name = 'caused by') {
    screen.entry(name, `${of.name}: ${of.message}`, NAMES, 'red');
    for (const line of (of.stack ?? '').split('\n').slice(1))
      if (line.trim() !== '') screen.paragraph(line.trim(), { indent: ' '.repeat(NAMES + 2) });
    of = causeOf(of);
  }
}

function causeOf({ cause }: FailureData): FailureData | undefined {
  const isFailure = typeof cause === 'object' && cause !== null && 'message' in cause;
  return isFailure ? (cause as FailureData) : undefined;
}
