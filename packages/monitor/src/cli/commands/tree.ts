// `drover tree`: a composite as its author wrote it, once or until it has ended.
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { readTree, type TreeNode } from '../../model/tree/tree.js';
import { argument, type Act } from '../command.js';
import { numberIn } from '../values.js';
import type { Screen, Style } from '../screen.js';
import { stateOf } from './jobs.js';

/** Ms between two looks of `--watch`. */
const LOOKS = 1_000;
const BAR = 20;

export function addTree(program: Command, act: Act): void {
  const command = program
    .command('tree')
    .argument('<id>')
    .description('a composite as it was written: its parts, failures first where there are many')
    .option('--queue <queue>', 'the queue of the job (default: all are looked into)')
    .option('--most <count>', 'so many parts of a composite are shown', '20')
    .option('--watch', 'shows it again each second, until it has ended');
  act(command, async ({ view, screen, terminal, isJson }, args, options) => {
    const { queue } = options as { queue?: string };
    const most = numberIn('--most', options['most']);
    for (;;) {
      const tree = await readTree(view, argument(args, 0), { queue, most });
      const isOver = tree.job?.status === 'completed';
      const isWatched = options['watch'] === true && !terminal.signal.aborted;
      if (isWatched && !isJson) screen.clear();
      if (!isJson) showTree(screen, tree);
      else if (isWatched || options['watch']) screen.record(tree);
      else screen.document(tree);
      if (isOver || !isWatched) return;
      await pause(LOOKS, undefined, { signal: terminal.signal }).catch(() => undefined);
    }
  });
}

function showTree(screen: Screen, node: TreeNode, indent = '', isLast = true): void {
  const isRoot = node.role === 'root';
  const branch = isRoot ? '' : isLast ? '└─ ' : '├─ ';
  screen.cut(`${indent}${branch}${labelOf(node)}`, styleIn(node));
  const inner = isRoot ? '' : indent + (isLast ? '   ' : '│  ');
  const { children, hidden } = node;
  // A serial is told in order; of the others, those that failed come first.
  const shown = node.kind === 'serial' ? children : [...children].sort(byFailure);
  shown.forEach((child, i) =>
    showTree(screen, child, inner, hidden === 0 && i === shown.length - 1),
  );
  if (hidden > 0) screen.cut(`${inner}└─ … ${hidden} more parts`, 'dim');
}

/** The order in which parts are shown: a postprocess and callbacks stay behind. */
function byFailure(a: TreeNode, b: TreeNode): number {
  const rank = ({ role, failure }: TreeNode): number =>
    role === 'part' ? (failure ? 0 : 1) : role === 'callback' ? 3 : 2;
  return rank(a) - rank(b);
}

function labelOf(node: TreeNode): string {
  const { role, kind, job, failure, progress, id, task } = node;
  const name = kind === 'serial' || kind === 'parallel' ? kind : task || 'a job that is gone';
  const what = role === 'part' || role === 'root' ? name : `${role}: ${name}`;
  const state = job ? stateOf(job) : task === '' ? '' : 'not put yet';
  const done = progress ? ` ${bar(progress.completed, progress.parts)}` : '';
  const more = progress && progress.failed > 0 ? `, ${progress.failed} failed` : '';
  const why = failure ? ` ${failure.name}: ${failure.message}` : '';
  return `${what} ${id}${state && ` ${state}`}${done}${more}${why}`;
}

function bar(done: number, all: number): string {
  const full = all === 0 ? BAR : Math.floor((done / all) * BAR);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${done}/${all}`;
}

function styleIn({ failure, job }: TreeNode): Style | undefined {
  if (failure) return 'red';
  return job?.status === 'active' ? 'green' : job?.status === 'completed' ? undefined : 'dim';
}
