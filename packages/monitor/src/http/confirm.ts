// An action on many says first how many; the caller has to give that number.
import { z } from 'zod';
import { counted } from '../text/words.js';
import { Problem } from './problem.js';

export const countFields = {
  dryRun: z.boolean().describe('only counts').optional(),
  count: z.int().min(0).describe('how many the dry run has counted').optional(),
};

/**
 * Whether so many may be changed; false: it is a dry run.
 * @throws Problem where another number was confirmed, or none: 409, with `matched`
 */
export function isCounted(
  matched: number,
  { dryRun, count }: { dryRun?: boolean | undefined; count?: number | undefined },
): boolean {
  if (dryRun === true) return false;
  if (count === matched) return true;
  const but = count === undefined ? 'no count was confirmed' : `${count} were confirmed`;
  throw new Problem(
    409,
    'OTHER_COUNT',
    `this would change ${counted(matched, 'job')}, and ${but}: nothing was done`,
    { matched },
  );
}
