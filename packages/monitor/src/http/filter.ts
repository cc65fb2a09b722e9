// The filters of jobs, as those of the command `drover jobs`.
import { z } from 'zod';
import { InvalidArgumentError, type ListOptions } from '@drover/core';
import type { FleetView } from '../model/fleet-view.js';
import { LIST_STATUSES, toListOptions } from '../model/job-filter.js';
import { digits } from './route.js';

const status = z.enum(LIST_STATUSES);
const time = z.string().describe('10m, 2h or 7d ago, or an ISO date');

const FIELDS = {
  task: z.string().describe('a task; * stands for any characters').optional(),
  lane: z.string().optional(),
  dispatcher: z.string().describe('a UUID, or its beginning').optional(),
  since: time.optional(),
  until: time.optional(),
  text: z.string().describe('in the task, the id, or the arguments as JSON').optional(),
};

/** In a body. */
export const filterFields = z.strictObject({ ...FIELDS, status: z.array(status).optional() });
/** In a query: several statuses have commas between them. */
export const filterQuery = {
  ...FIELDS,
  status: z
    .string()
    .describe(`with commas between: ${LIST_STATUSES.join(', ')}`)
    .optional(),
  start: digits.describe('the first position, from 0').optional(),
  limit: digits.describe('so many at most, up to 500; default 50').optional(),
};

type Filter = z.infer<typeof filterFields>;

/** @param isRedacted a filter by text would tell what the arguments are */
export async function listOptionsOf(
  view: FleetView,
  filter: Filter,
  isRedacted: boolean,
): Promise<ListOptions> {
  if (filter.text !== undefined && isRedacted)
    throw new InvalidArgumentError('text looks into arguments, which are not shown here');
  return await toListOptions(view, filter, await view.now());
}

/** @throws InvalidArgumentError */
export function statusesIn(text: string | undefined): Pick<Filter, 'status'> {
  if (text === undefined) return {};
  const found = z.array(status).safeParse(text.split(','));
  if (found.success) return { status: found.data };
  throw new InvalidArgumentError(`status takes, with commas between: ${LIST_STATUSES.join(', ')}`);
}
