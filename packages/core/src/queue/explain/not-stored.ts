// Why a job is not stored (O4, J6, J12).
import type { NotStoredReason } from '../../model/explanation.js';
import { explainedJob, type MissingFacts } from '../../store/bullmq/explain/read-facts.js';
import type { LaneKeys } from '../../store/bullmq/keys.js';
import { jobWords, type WordsOf } from './words.js';

export function notStoredReason(facts: MissingFacts, keys: LaneKeys): NotStoredReason {
  const { replaced, why, origin } = facts;
  if (replaced !== undefined) return { reason: 'replaced', by: idIn(replaced) };
  if (facts.isPulled) return { reason: 'removed', queue: keys.queue, pulled: true };
  if (!origin) return { reason: 'removed', queue: keys.queue, pulled: false };
  const reason = why === undefined ? 'not-stored-yet' : 'never-stored';
  return { reason, origin: explainedJob(keys, origin) };
}

function idIn(key: string): string {
  return key.slice(key.lastIndexOf(':') + 1);
}

export const NOT_STORED: WordsOf<NotStoredReason> = {
  'not-put': {
    says: () => 'is new: no queue has it',
    advice:
      'Put it into a queue. A put by a task whose run failed stores nothing. A put whose key was ' +
      'taken has given the handle of another job (`wasThere`): ask about that one.',
  },
  'put-not-committed': {
    says: ({ by }) => `was put by job ${by}, which still runs: it is stored with that one's result`,
    advice:
      'Explain the job that has put it. A put with `{ immediate: true }` does not wait for the ' +
      'result.',
  },
  'not-stored-yet': {
    says: ({ origin }) => `is not stored yet: it comes with ${jobWords(origin)}`,
    advice: 'Explain that job: this one comes with it.',
  },
  'never-stored': {
    says: ({ origin }) =>
      origin.status === 'gone'
        ? `will never come: job ${origin.id}, which was to store it, was removed`
        : `will never come: ${jobWords(origin)} was to store it, and does not do so any more`,
    advice: 'Put the work again, as a new job.',
  },
  replaced: {
    says: ({ by }) => `was not stored: its put gave its arguments to job ${by}, which has its key`,
    advice: 'Ask about that job. The put gave a handle of it.',
  },
  removed: {
    says: ({ queue, pulled }) =>
      pulled
        ? `was pulled out of the queue \`${queue}\` within the last ten minutes`
        : `is not in the queue \`${queue}\`: it was removed, retention has trimmed it, or it was ` +
          'never put there',
    advice:
      'Check the id and the queue. `keepCompleted` of the dispatchers says how long completed ' +
      'jobs are kept. A job that was pulled can be put again.',
  },
};
