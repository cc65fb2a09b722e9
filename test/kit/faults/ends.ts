// Which requests end a job: those of the script `finish`, and of `hand` where a job with a plain
// value is among its jobs.
import type { Request } from './fault.js';

export function endsJob({ script, args }: Request): boolean {
  return script === 'finish' || (script === 'hand' && isEnding(args));
}

/** Whether a hand ends a job. */
function isEnding(args: readonly Buffer[]): boolean {
  const base = args.findIndex((arg) => arg.toString().endsWith(':'));
  return Number(args[base + 4]) > 0;
}
