// Looks at one job.
import { z } from 'zod';
import { findJob } from '../../model/find-job.js';
import { digits, knownQueue, read, type Route } from '../route.js';

const queue = z.string().describe('its queue; default: all are looked into').optional();
/** A tree reads some 300 jobs at most. */
const MOST_PARTS = 300;
const input = z.strictObject({ queue });

export const jobReads: Route[] = [
  read({
    path: '/api/jobs/:id',
    answers: 'JobView',
    about: 'All about a job: times, tries, owner, options, result, and why it is where it is.',
    input,
    async answer({ view, param, input: { queue: name }, redactor }) {
      return redactor.job(await view.job(param('id'), { queue: await knownQueue(view, name) }));
    },
  }),
  read({
    path: '/api/jobs/:id/explain',
    answers: 'Explanation',
    about: 'Why a job is not done, and what to do. With its queue also of a job that is gone.',
    input,
    async answer({ view, param, input: { queue: name }, redactor }) {
      const id = param('id');
      if (name === undefined) {
        const { queue: of, job } = await findJob(view, id);
        return redactor.why(await of.explain(id), { id, task: job.task, queue: of.name });
      }
      const of = view.queue(await knownQueue(view, name));
      // A hook may go by the task.
      const { task = '' } = (redactor.isOn && (await of.get(id))) || {};
      return redactor.why(await of.explain(id), { id, task, queue: name });
    },
  }),
  read({
    path: '/api/jobs/:id/tree',
    answers: 'TreeNode',
    about: 'A job with the jobs below it, as its author wrote them.',
    input: z.strictObject({
      queue,
      most: digits.describe('parts of each; default 20').optional(),
      deep: digits.describe('levels below the job; default 20').optional(),
    }),
    async answer({ view, param, input: { queue: name, most, deep }, redactor }) {
      const known = await knownQueue(view, name);
      const shown = most === undefined ? undefined : Math.min(Number(most), MOST_PARTS);
      const levels = deep === undefined ? undefined : Number(deep);
      return redactor.tree(
        await view.tree(param('id'), { queue: known, most: shown, deep: levels }),
      );
    },
  }),
  read({
    path: '/api/jobs/:id/parts',
    answers: 'PartPage',
    about: 'Parts of a composite in their order, and what each does, some at a time.',
    input: z.strictObject({
      queue,
      start: digits.describe('the first position, from 0').optional(),
      limit: digits.describe('so many at most, from 1 to 1,000; default 1,000').optional(),
    }),
    async answer({ view, param, input: { queue: name, start = '0', limit = '1000' } }) {
      const known = await knownQueue(view, name);
      const page = { queue: known, start: Number(start), most: Number(limit) };
      return await view.parts(param('id'), page);
    },
  }),
];
