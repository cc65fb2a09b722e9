// The Node flags, such as loaders and preloads, that a task thread inherits from its process (D7).
import { Worker } from 'node:worker_threads';

/** Flags that contain the program. With one of them Node refuses to start a thread from a file. */
const OF_TEXT = /^(-e|-p|-pe|--eval|--print|--input-type)(=|$)/;
/** Such a flag without a `=`: the next word is its value. */
const TAKES_NEXT = /^(-e|-p|-pe|--eval|--print|--input-type)$/;

let flags: readonly string[] | undefined;

/**
 * The `execArgv` of a thread. Undefined: Node passes on the flags that a thread may have. If a flag
 * contains the program, the others are listed, except those that Node refuses for a thread.
 */
export function inheritedFlags(): readonly string[] | undefined {
  if (!process.execArgv.some((flag) => OF_TEXT.test(flag))) return undefined;
  return (flags ??= accepted(withoutText(process.execArgv)));
}

/** The flags without those that contain the program, and without their values. */
export function withoutText(all: readonly string[]): string[] {
  return all.filter((flag, i) => !OF_TEXT.test(flag) && !TAKES_NEXT.test(all[i - 1] ?? ''));
}

/** The flags without those that Node refuses for a thread: of V8, and of the whole process. */
function accepted(all: readonly string[]): readonly string[] {
  const refused = whyRefused(all);
  if (refused === undefined) return all;
  const left = all.filter((flag) => !refused.includes(flag));
  // The message may not name a flag. Then the thread gets none.
  return left.length < all.length ? accepted(left) : [];
}

/**
 * Node's message if it refuses a thread with these flags, else undefined. It is asked with a
 * thread, since Node has no list of the flags that it accepts.
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
