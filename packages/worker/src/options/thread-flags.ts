// The flags of Node that a task thread gets from its process (D7): its loaders and preloads, as far
// as a thread can bear them.
import { Worker } from 'node:worker_threads';

/** They give the program as text: with one of them Node starts no thread of a file. */
const OF_TEXT = /^(-e|-p|-pe|--eval|--print|--input-type)(=|$)/;
/** Those of them whose value is the next word, where none stands behind a `=`. */
const TAKES_NEXT = /^(-e|-p|-pe|--eval|--print|--input-type)$/;

let flags: readonly string[] | undefined;

/**
 * Undefined: all of them, of which Node itself leaves out what a thread cannot have. Where the
 * program is text, they are given one by one, but for those that Node would refuse.
 */
export function inheritedFlags(): readonly string[] | undefined {
  if (!process.execArgv.some((flag) => OF_TEXT.test(flag))) return undefined;
  return (flags ??= bearable(withoutText(process.execArgv)));
}

/** The flags without those that give the text, and without the text. */
export function withoutText(all: readonly string[]): string[] {
  return all.filter((flag, i) => !OF_TEXT.test(flag) && !TAKES_NEXT.test(all[i - 1] ?? ''));
}

/** Without those that Node refuses for a thread: of V8, and of the process as a whole. */
function bearable(all: readonly string[]): readonly string[] {
  const refused = whyRefused(all);
  if (refused === undefined) return all;
  const left = all.filter((flag) => !refused.includes(flag));
  // Where its message does not name them, none are left.
  return left.length < all.length ? bearable(left) : [];
}

/**
 * Why Node makes no thread with these flags; undefined where it does. Only Node knows which it
 * takes.
 */
export function whyRefused(execArgv: readonly string[]): string | undefined {
  try {
    const thread = new Worker('', { eval: true, execArgv: [...execArgv] });
    void thread.on('error', () => {}).terminate();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
