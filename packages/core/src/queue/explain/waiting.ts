// For which jobs a job waits (O4): parts, a returned job, callbacks, or those before its turn.
import type { ExplainedJob, WaitingReason } from '../../model/explanation.js';
import { listOf, type WaitedFacts } from '../../store/bullmq/explain/read-facts.js';
import { named, type Scene } from './scene.js';
import { counted, jobName, jobsWords, jobWords, type WordsOf } from './words.js';

/** @param total the number of its parts, where they can be counted */
export function waitingReason(scene: Scene, total: number | undefined): WaitingReason {
  const { facts } = scene;
  const [, , , claims = 0, , hasResult] = facts.brief;
  const { left, isAtLeast, isScheduling, jobs } = facts.waited ?? NOTHING;
  const waited = listOf(jobs).map((brief) => named(scene, brief));
  const interrupt = facts.decider && { interrupt: named(scene, facts.decider.job) };
  const isStale = waited.length > 0 && waited.every(({ status }) => status === 'gone');
  if (isStale) return { reason: 'dependency-gone', jobs: waited };
  if (hasResult === 1) return { reason: 'callbacks-left', left, callbacks: waited, ...interrupt };
  if (claims === 0) return turnReason(scene, left, waited);
  const { parts = 0, isLong, postprocess } = facts.manifest ?? {};
  const then = postprocess && named(scene, postprocess);
  const isLeft = then !== undefined && then.status !== 'completed' && then.status !== 'gone';
  if (isLeft && parts === 0 && !isLong) return { reason: 'waits-for-job', job: then, ...interrupt };
  if (left > 0 || isScheduling === 1)
    return {
      reason: 'parts-left',
      left,
      isAtLeast: isAtLeast === 1 || isScheduling === 1,
      total,
      parts: waited,
      ...interrupt,
    };
  if (isLeft) return { reason: 'postprocess-left', postprocess: then, ...interrupt };
  return { reason: 'dependency-gone', jobs: waited };
}

const NOTHING: WaitedFacts = { left: 0, isAtLeast: 0, isScheduling: 0, jobs: [] };

/** Of a job that was never claimed. */
function turnReason(scene: Scene, left: number, after: ExplainedJob[]): WaitingReason {
  const { fields, outer, isPostprocess } = scene.facts;
  const of = outer && named(scene, outer);
  const isCallback = fields.callbackOf !== undefined;
  const role = isCallback ? 'callback' : isPostprocess === 1 ? 'postprocess' : 'part';
  return { reason: 'waits-for-turn', role, of, left, after };
}

/** Of a callback that has not begun. */
export function deferredReason(scene: Scene): WaitingReason {
  const { outer } = scene.facts;
  return outer
    ? { reason: 'waits-for-result', of: named(scene, outer) }
    : { reason: 'dependency-gone', jobs: [] };
}

function interruptWords({ interrupt }: { interrupt?: ExplainedJob }): string {
  return interrupt ? `. Its dispatcher has ended: ${jobWords(interrupt)}, decides about it` : '';
}

export const WAITING: WordsOf<WaitingReason> = {
  'parts-left': {
    says: (reason) => {
      const { left, isAtLeast, total, parts } = reason;
      const some = isAtLeast ? `at least ${left}` : `${left}`;
      const all = total === undefined ? '' : ` of ${total}`;
      const which = parts.length > 0 ? `: ${jobsWords(parts, left)}` : '';
      const plural = left === 1 && total === undefined ? 'part' : 'parts';
      return `waits for ${some}${all} ${plural}${which}${interruptWords(reason)}`;
    },
    advice: 'Explain the parts that are named: `await queue.explain(id)`.',
  },
  'postprocess-left': {
    says: (reason) =>
      `has all of its parts, and waits for its postprocess, ${jobWords(reason.postprocess)}` +
      interruptWords(reason),
    advice: 'Explain the postprocess.',
  },
  'waits-for-job': {
    says: (reason) => `waits for the result of ${jobWords(reason.job)}${interruptWords(reason)}`,
    advice: 'Explain that job: its result becomes the result of this one.',
  },
  'callbacks-left': {
    says: (reason) =>
      `has its result, and waits for ${counted(reason.left, 'callback')}: ` +
      `${jobsWords(reason.callbacks, reason.left)}${interruptWords(reason)}`,
    advice: 'Read `job.result`: it does not change. Explain the callback that is named.',
  },
  'waits-for-turn': {
    says: ({ role, of, left, after }) => {
      const whose = of ? ` of ${jobName(of)}` : '';
      const before = after.length > 0 ? `: ${jobsWords(after, left)}` : '';
      return `is a ${role}${whose}, and waits for the jobs before it${before}`;
    },
    advice: 'Explain the job that is named. Its turn comes when those before it have completed.',
  },
  'waits-for-result': {
    says: ({ of }) => `is a callback of ${jobWords(of)} and has no result yet`,
    advice: 'Explain that job.',
  },
  'dependency-gone': {
    says: ({ jobs }) =>
      jobs.length > 0
        ? `waits for ${jobs.map(jobName).join(', ')}, and nothing is stored there: another ` +
          'program has removed it'
        : 'waits, and none of the jobs that it waited for is left',
    advice:
      'The next look of a dispatcher of the queue lets it go on, as if those jobs had failed with ' +
      'a RemovedError. Start one where none is active.',
  },
};
