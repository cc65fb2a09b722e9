// Reads the command line: the directory to index, and how. A mistake gets one clear line.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Source } from './files.js';

/** A mistake that the user can correct. It is shown as one line, without a stack. */
export class UsageError extends Error {}

export interface Options {
  source: Source;
  /** The folder for the index. Default: a temporary one. */
  out: string | undefined;
  /** Milliseconds by which each batch is slowed down. */
  pace: number;
  /** Whether a page shows the run in a browser, and stays after it. */
  dashboard: boolean;
}

const HELP = `npm run demo [-- [DIRECTORY] [--out FOLDER] [--pace MS] [--dashboard]]

Indexes the text files of DIRECTORY with three worker processes, and interrupts each of them.
  DIRECTORY     text files of up to 1 MB in it and below, without hidden ones and node_modules;
                default: the documentation in the installed node_modules
  --out FOLDER  keep the index and the workers' logs there;
                default: a temporary folder, removed at the end
  --pace MS     slow down each batch, so that there is something to interrupt; default 1200
  --dashboard   show the run on a page in a browser, and stay until Ctrl-C`;

const DEFAULT_PACE = 1_200;
const MAX_PACE = 10_000;

/** The options, or the text to show instead. @throws UsageError */
export function readOptions(args: readonly string[]): Options | string {
  const { values, positionals } = parse(args);
  if (values.help) return HELP;
  if (positionals.length > 1)
    throw new UsageError(`one directory at a time, not ${positionals.length}`);
  const source = sourceOf(positionals[0]);
  const out = values.out === undefined ? undefined : fromHere(values.out);
  if (out !== undefined && isInside(out, source.directory)) {
    throw new UsageError(
      `--out ${out} is inside the directory that is indexed: choose a folder elsewhere`,
    );
  }
  if (out !== undefined && existsSync(out) && !statSync(out).isDirectory()) {
    throw new UsageError(`--out ${out} is not a folder`);
  }
  return { source, out, pace: paceOf(values.pace), dashboard: values.dashboard === true };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        pace: { type: 'string' },
        dashboard: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]} (try --help)`);
  }
}

function sourceOf(argument: string | undefined): Source {
  const installed = fileURLToPath(new URL('../../node_modules', import.meta.url));
  const directory = argument === undefined ? installed : fromHere(argument);
  if (!existsSync(directory)) throw new UsageError(`there is no directory ${directory}`);
  if (!statSync(directory).isDirectory()) throw new UsageError(`${directory} is not a directory`);
  return { directory: realpathSync(directory), documentationOnly: argument === undefined };
}

function paceOf(text: string | undefined): number {
  const pace = text === undefined ? DEFAULT_PACE : Number(text || NaN);
  if (pace >= 0 && pace <= MAX_PACE) return pace;
  throw new UsageError(`--pace must be a number of ms from 0 to ${MAX_PACE}, not ${text}`);
}

/** npm changes to the folder of the repository; paths start at the folder where npm was called. */
function fromHere(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? '.', path);
}

function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return !way.startsWith('..') && !isAbsolute(way);
}
