// Looks at a queue: its numbers, its jobs, what is set aside, and its settings.
import { z } from 'zod';
import { InvalidArgumentError } from '@drover/core';
import { toRow } from '../../model/job-view.js';
import { readQueueState } from '../../model/queue-state.js';
import { filterQuery, listOptionsOf, statusesIn } from '../filter.js';
import { NO_INPUT, queueOf, read, type Route } from '../route.js';

const MOST_ROWS = 500;
/** Of a quota with keys about so many are read. */
const MOST_KEYS = 1_000;
/** So many dead letters of each lane are read. */
const MOST_LETTERS = 1_000;
const page = { start: filterQuery.start, limit: filterQuery.limit };

export const queueReads: Route[] = [
  read({
    path: '/api/queues',
    answers: 'Queues',
    about: 'All queues with their numbers, and those of their lanes.',
    input: NO_INPUT,
    answer: async ({ view }) => (await view.status()).queues,
  }),
  read({
    path: '/api/queues/:queue',
    answers: 'QueueState',
    about: 'One queue with its numbers, and those of its lanes.',
    input: NO_INPUT,
    async answer(call) {
      const [queue, dispatchers] = await Promise.all([queueOf(call), call.view.dispatchers.list()]);
      return await readQueueState(queue, dispatchers);
    },
  }),
  read({
    path: '/api/queues/:queue/jobs',
    answers: 'JobPage',
    about: 'A page of jobs in the order in which they run; by default those that are pending.',
    input: z.strictObject(filterQuery),
    async answer(call) {
      const { start: from, limit: most, status, ...others } = call.input;
      const queue = await queueOf(call);
      const filter = { ...others, ...statusesIn(status) };
      const options = await listOptionsOf(call.view, filter, call.redactor.isOn);
      const { start, limit } = pageOf(from, most);
      // One more than is shown tells whether there are more.
      const jobs = await queue.jobs({ ...options, start, end: start + limit });
      return { jobs: jobs.slice(0, limit).map(toRow), start, limit, more: jobs.length > limit };
    },
  }),
  read({
    path: '/api/queues/:queue/set-aside',
    answers: 'DeadLetterPage',
    about: 'A page of the dead letters of a queue, with the reasons; of more than 1,000 of some.',
    input: z.strictObject(page),
    async answer(call) {
      const queue = await queueOf(call);
      const letters = await queue.deadLetters().list({ most: MOST_LETTERS });
      const isAll = letters.length < MOST_LETTERS;
      const { start, limit } = pageOf(call.input.start, call.input.limit);
      const shown = letters.slice(start, start + limit);
      const total = isAll ? letters.length : (await queue.counts()).setAside;
      return { letters: shown, start, limit, total };
    },
  }),
  read({
    path: '/api/queues/:queue/quotas',
    answers: 'Quotas',
    about: 'The quotas of a queue, with their holders and waiters, of 1,000 keys at most.',
    input: NO_INPUT,
    answer: async (call) => await (await queueOf(call)).quotas.list({ mostKeys: MOST_KEYS }),
  }),
  read({
    path: '/api/queues/:queue/rate-limits',
    answers: 'RateLimits',
    about: 'The rate limits of a queue.',
    input: NO_INPUT,
    answer: async (call) => await (await queueOf(call)).rateLimits.list(),
  }),
  read({
    path: '/api/queues/:queue/schedules',
    answers: 'Schedules',
    about: 'The schedules of a queue, with their next times.',
    input: NO_INPUT,
    answer: async (call) => await (await queueOf(call)).schedules.list(),
  }),
];

/** @throws InvalidArgumentError */
function pageOf(start = '0', limit = '50'): { start: number; limit: number } {
  const most = Number(limit);
  if (most < 1 || most > MOST_ROWS)
    throw new InvalidArgumentError(`limit takes a whole number from 1 to ${MOST_ROWS}`);
  return { start: Number(start), limit: most };
}
