// Runs the command `drover`: in the test's own process, or as a program of its own.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { caught } from '../../../../test/kit/secret.js';
import type { TestContext } from '../../../../test/kit/context.js';
import { root } from '../../../../test/kit/paths.js';
import { main } from '../../src/cli/main.js';

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

export interface RunOptions {
  /** The width of the terminal; undefined: it is a pipe. */
  columns?: number;
  /** The lines that the user answers with. Default: there is nobody to ask. */
  answers?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** The keys that the user presses as soon as a command listens. */
  keys?: string;
  signal?: AbortSignal;
  /** Gets each text that is written to standard output. */
  onOut?: (text: string) => void;
}

/** Runs it in this process, with the Redis and the prefix of the test. */
export function droverIn({ redisUrl, prefix }: Pick<TestContext, 'redisUrl' | 'prefix'>) {
  return async (args: readonly string[], options: RunOptions = {}): Promise<Ran> => {
    const { columns, answers, env = {}, onOut } = options;
    const signal = options.signal ?? new AbortController().signal;
    const ran: Ran = { code: null, out: '', err: '' };
    const left = [...(answers ?? [])];
    ran.code = await main([...args, '--prefix', prefix], {
      out(text) {
        ran.out += text;
        onOut?.(text);
      },
      err: (text) => (ran.err += text),
      columns,
      isInteractive: answers !== undefined,
      env: { REDIS_URL: redisUrl, ...env },
      signal,
      keys(listener) {
        for (const key of options.keys ?? '') listener(key);
        return () => {};
      },
      ask(question) {
        ran.out += question;
        return Promise.resolve(left.shift() ?? '');
      },
    });
    caught(ran.out + ran.err);
    return ran;
  };
}

/** The compiled program. */
export const program = join(root, 'packages/monitor/dist/cli/drover.js');

/** Runs it as a program whose output is a pipe. */
export function runProgram(args: readonly string[], env: Record<string, string>): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, NODE_OPTIONS: '', ...env } };
    execFile(process.execPath, [program, ...args], options, (error, out, err) => {
      caught(out + err);
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

/** The document that a command has written. */
export function documentIn<T>({ out }: Ran): T {
  return JSON.parse(out) as T;
}

/** The number of columns of the longest line. */
export const widest = (text: string): number =>
  Math.max(...text.split('\n').map((line) => line.length));
