// Writes the end of the demo: a table of the counts, and the verdict.
import { disturbances, type History } from './history.js';
import type { Screen } from './screen.js';
import type { TextIndex } from './text-index.js';
import { countOf, type Check } from './verdict.js';

export interface Report {
  index: TextIndex;
  history: History;
  batches: number;
  /** How long the workers took, with all disturbances. */
  milliseconds: number;
  /** How long the same work took in one process, without pauses. */
  direct: number;
  checks: readonly Check[];
}

export function printReport(screen: Screen, report: Report): void {
  screen.line();
  for (const [name, value, note] of rows(report)) {
    const label = screen.style('bold', name.padEnd(14));
    screen.line(`  ${label} ${value.padStart(9)}   ${screen.style('dim', note)}`.trimEnd());
  }
  screen.line();
  for (const { ok, text } of report.checks) {
    screen.line(`  ${ok ? screen.style('green', '✓') : screen.style('red', '✗')} ${text}`);
  }
  const ok = report.checks.every((check) => check.ok);
  screen.line();
  screen.line(
    ok
      ? screen.style('green', 'The work has outlived its workers.')
      : screen.style('red', 'The demo has failed.'),
  );
}

function rows({
  index,
  history,
  batches,
  milliseconds,
  direct,
}: Report): [name: string, value: string, note: string][] {
  const { interruptions, interrupted, runs, refusals, restarts } = history;
  const words = index.terms.reduce((sum, [, count]) => sum + count, 0);
  const kinds = disturbances.map((disturbance) => `${disturbance} ${interruptions[disturbance]}`);
  if (interruptions.other > 0) kinds.push(`other ${interruptions.other}`);
  return [
    ['files', number(index.files.length), `in ${countOf(batches, 'batch', 'batches')}`],
    ['terms', number(index.terms.length), `${number(words)} words in all`],
    ['runs', number(runs), 'tasks started, counting each time'],
    ['interruptions', number(interrupted), kinds.join(', ')],
    ['refusals', number(refusals), 'results that came too late'],
    ['restarts', number(restarts), 'each with the UUID it had'],
    [
      'time',
      seconds(milliseconds),
      `${seconds(direct)} directly in one process, without pauses and signals`,
    ],
  ];
}

function number(value: number): string {
  return value.toLocaleString('en');
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
