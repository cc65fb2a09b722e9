// Asks before many jobs are changed: the caller has to know how many.
import { counted } from '../text/words.js';
import { WrongUse, type Session } from './command.js';
import { numberIn } from './values.js';

export interface ConfirmOptions {
  dryRun?: boolean;
  confirm?: string;
}

/**
 * Whether so many jobs may be changed: `--confirm` has the number, or the user types it. Without
 * either it says how to go on.
 * @throws WrongUse where the number is another one, or nobody can be asked
 */
export async function isConfirmed(
  { screen, terminal, isJson }: Session,
  what: string,
  count: number,
  { dryRun = false, confirm }: ConfirmOptions,
): Promise<boolean> {
  const jobs = counted(count, 'job');
  if (dryRun || count === 0) {
    if (isJson) screen.document({ matched: count, done: 0 });
    else screen.line(dryRun ? `${what} would change ${jobs}.` : 'No job matches.');
    return false;
  }
  if (confirm !== undefined) {
    if (numberIn('--confirm', confirm, 0) === count) return true;
    throw new WrongUse(`${what} would change ${jobs}, not ${confirm}: nothing was done`);
  }
  const answer = terminal.isInteractive
    ? await terminal.ask(`${what} changes ${jobs}. Type ${count} to go on: `)
    : '';
  if (answer.trim() === String(count)) return true;
  throw new WrongUse(
    `${what} would change ${jobs}: nothing was done. Repeat it with --confirm ${count}`,
  );
}
