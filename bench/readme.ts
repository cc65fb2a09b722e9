// The tables of the README, made from the file of the results: `npm run bench -- --readme`.
import { micros, ratio, rounded } from './format.js';
import { UsageError } from './options.js';
import { endings, type Ending } from './recovery/recover.js';
import { contenders } from './recovery/settings.js';
import type { Results } from './results.js';
import type { Numbers, Row } from './rows.js';
import { nameOf, shapes, titleOf } from './scenarios/composite.js';
import { scenarios } from './scenarios/index.js';
import { sideTitles, type SideName } from './sides/side.js';

const MEMORY = 'memory/';

const endingTitles: Record<Ending, string> = {
  'SIGTERM, restart': 'SIGTERM, restart',
  'SIGKILL, restart': 'SIGKILL, restart',
  'SIGKILL, sibling': 'SIGKILL, a sibling takes over',
};

/**
 * The README with new tables. That of recovery stays where it was not measured.
 * @throws UsageError if a scenario is missing, or producer and worker were one process
 */
export function withTables(readme: string, results: Results): string {
  const { rows, recovery, together } = results;
  if (together) throw new UsageError('the tables of README.md are of separate processes');
  const missing = scenarios.filter(({ name }) => !rows.some((row) => row.scenario === name));
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(',');
    throw new UsageError(`not measured yet: npm run bench -- --add --only ${names}`);
  }
  const speed = rows.filter(({ scenario }) => !scenario.startsWith(MEMORY));
  const memory = rows.filter(({ scenario }) => scenario.startsWith(MEMORY));
  let text = replaceBlock(readme, 'speed', `${caption(results)}\n\n${speedTable(speed)}`);
  text = replaceBlock(text, 'memory', memoryTable(memory));
  return recovery.length === 0 ? text : replaceBlock(text, 'recovery', recoveryTable(results));
}

/** A block stands between two comments. */
function replaceBlock(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- bench: ${name} -->`, `<!-- /bench: ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new UsageError(`README.md lacks ${begin} … ${end}`);
  return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`;
}

function caption({ node, redis, bullmq, beeQueue, cores, rows }: Results): string {
  const short = (version: string): string => version.split('.').slice(0, 2).join('.');
  const [speed, memory] = [false, true].map((isMemory) =>
    runsOf(rows.filter(({ scenario }) => scenario.startsWith(MEMORY) === isMemory)),
  );
  const versions = `Node ${short(node)}, Redis ${short(redis)}, BullMQ ${bullmq}, bee-queue ${beeQueue}`;
  return `Medians of ${speed} runs (memory: ${memory}); ${versions}; ${cores} cores.`;
}

/** The least number of measurements behind a median. */
function runsOf(rows: readonly Row[]): number {
  return Math.min(...rows.map(({ sides }) => sides.drover?.measured.length ?? 0));
}

function speedTable(rows: readonly Row[]): string {
  return table(
    [
      'what',
      'raw BullMQ',
      'Drover',
      'ratio (min … max)',
      'CPU a job, raw, µs',
      'CPU a job, Drover, µs',
      'beside them (ratio)',
    ],
    '-::-::-',
    rows.map(({ name, unit, sides: { raw, drover, ...others } }) => [
      `${name}, ${unit}`,
      raw ? rounded(raw.median) : '',
      drover ? rounded(drover.median) : '',
      raw?.ratio
        ? `${ratio(raw.ratio.median)} (${ratio(raw.ratio.min)} … ${ratio(raw.ratio.max)})`
        : '',
      cpu(raw),
      cpu(drover),
      beside(others),
    ]),
  );
}

/** Of the producer, the worker and Redis. */
function cpu(numbers: Numbers | undefined): string {
  if (!numbers?.cpu) return '';
  const { producer, worker, redis } = numbers.cpu;
  return [producer, worker, redis].map(micros).join(' + ');
}

function beside(others: Row['sides']): string {
  return (Object.entries(others) as [SideName, Numbers][])
    .map(([side, { median, ratio: ratios }]) => {
      return `${sideTitles[side]} ${rounded(median)} (${ratio(ratios?.median ?? NaN)})`;
    })
    .join(', ');
}

/** A line for each shape and side; each cell is one metric. */
function memoryTable(rows: readonly Row[]): string {
  const lines = shapes.flatMap((shape) => {
    const ofShape = rows.filter(({ scenario }) => scenario === `${MEMORY}${nameOf(shape)}`);
    const sides = Object.keys(ofShape[0]?.sides ?? {}) as SideName[];
    return sides.map((side) => [
      titleOf(shape),
      sideTitles[side],
      ...ofShape.map((row) => memoryCell(row.sides[side])),
    ]);
  });
  const titles = ['Redis at most', 'Redis afterwards', 'worker at most', 'producer at most'];
  return table(['what', 'side', ...titles], '--::::', lines);
}

/** In brackets: Drover's number divided by this one. */
function memoryCell(numbers: Numbers | undefined): string {
  if (!numbers) return '';
  const text = rounded(numbers.median);
  return numbers.ratio ? `${text} (${ratio(numbers.ratio.median)})` : text;
}

function recoveryTable({ recovery }: Results): string {
  const ms = (value: number): string => Math.round(value).toLocaleString('en');
  const lines = endings.map((ending) => [
    endingTitles[ending],
    ...contenders.map(({ name }) => {
      const one = recovery.find((found) => found.ending === ending && found.contender === name);
      return one ? `${ms(one.median)} (${ms(one.max)})` : '';
    }),
  ]);
  return table(['', ...contenders.map(({ title }) => title)], '-::::', lines);
}

/** @param align a sign for each column: `-` to the left, `:` to the right */
function table(titles: string[], align: string, lines: string[][]): string {
  const row = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  const rule = [...align].map((sign) => (sign === ':' ? '---:' : '---'));
  return [row(titles), row(rule), ...lines.map(row)].join('\n');
}
