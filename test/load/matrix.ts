// The load matrix: its tables in docs/guides/loading.md say which cells there are, and each cell is
// a run of a program.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../kit/paths.js';

/** For one run, on a machine that does a lot else. */
export const PATIENCE = 120_000;

/** Where the packages are installed from their tarballs (setup.mjs). */
export const folder = process.env['DROVER_LOAD_FOLDER'] as string;

/** The cells of the table below a heading, by row and column: those with a ✓. */
export function cellsOf(heading: string): { row: string; column: string }[] {
  const page = readFileSync(join(root, 'docs/guides/loading.md'), 'utf8');
  const [, section] = page.split(`\n### ${heading}\n`);
  if (section === undefined)
    throw new Error(`docs/guides/loading.md has no heading ### ${heading}`);
  const [head, , ...rows] = section
    .split('\n')
    .slice(
      0,
      section
        .split('\n')
        .findIndex(
          (line, i, lines) => i > 0 && lines[i - 1]?.startsWith('|') && !line.startsWith('|'),
        ),
    )
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
  return rows.flatMap(([row = '', ...cells]) =>
    cells.flatMap((cell, i) => (cell === '✓' ? [{ row, column: head?.[i + 1] ?? '' }] : [])),
  );
}

/**
 * Runs Node with these arguments in a folder, with a prefix of its own in the Redis of this run.
 * @returns what it wrote
 * @throws with all that it wrote, where it failed
 */
export async function node(
  cwd: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const options = {
    cwd,
    timeout: PATIENCE,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      DROVER_LOAD_PREFIX: `{drover-load-${randomBytes(4).toString('hex')}}`,
      ...env,
    },
  };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    return stdout;
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout: string; stderr: string };
    throw new Error(`${message}\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** The folder of a tool that is installed. */
export const tool = (path: string): string => join(root, 'node_modules', path);
