// How a job has ended (O4).
import type { EndedReason } from '../../model/explanation.js';
import { isFailure, orUndefined, parsed } from '../../store/bullmq/record-checks.js';
import { short, type Scene } from './scene.js';
import { timeWords, type WordsOf } from './words.js';

export function endedReason({ facts: { fields } }: Pick<Scene, 'facts'>): EndedReason {
  const at = Number(fields.finishedOn) || 0;
  const { failedReason } = fields;
  if (failedReason === undefined) return { reason: 'completed', at };
  const failure = orUndefined(() => parsed('failure', fields.failure, isFailure));
  const name = failure?.name ?? 'Error';
  return { reason: 'failed', at, failure: { name, message: short(failedReason) } };
}

export const ENDED: WordsOf<EndedReason> = {
  completed: {
    says: ({ at }) => `has completed with a value, at ${timeWords(at)}`,
    advice: 'Read `job.result`, after `await job.refresh()`.',
  },
  failed: {
    says: ({ at, failure: { name, message } }) =>
      `has completed with a failure, at ${timeWords(at)}: ${name}: ${message}`,
    advice: 'Mend the cause. Then `await job.retry()` lets it run again.',
  },
};
