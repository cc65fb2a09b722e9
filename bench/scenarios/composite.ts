// Composites with a postprocess, from their submission until the producer has the last result:
// parts per second.
import type { SideName } from '../sides/side.js';
import { throughput, withPair, type Metric, type Scenario } from './scenario.js';

/** Jobs that the worker takes at a time. */
export const CONCURRENCY = 50;

/** So many composites of so many parts each, put at once. */
export interface Shape {
  kind: 'parallel' | 'serial';
  composites: number;
  parts: number;
}

export const shapes: readonly Shape[] = [
  { kind: 'parallel', composites: 100, parts: 100 },
  { kind: 'parallel', composites: 10, parts: 1_000 },
  { kind: 'parallel', composites: 1, parts: 10_000 },
  { kind: 'serial', composites: 1, parts: 1_000 },
  { kind: 'serial', composites: 50, parts: 20 },
];

/** As `--only` names it. */
export function nameOf({ kind, composites, parts }: Shape): string {
  return `${kind}/${composites}x${parts}`;
}

export function titleOf({ kind, composites, parts }: Shape): string {
  return `${kind} ${composites} × ${parts.toLocaleString('en')}`;
}

export const sidesOf: Record<Shape['kind'], readonly SideName[]> = {
  parallel: ['raw', 'drover'],
  serial: ['raw', 'drover', 'step-job'],
};

const targets: Record<Shape['kind'], Metric['targets']> = {
  parallel: { raw: [5, 8] },
  serial: { raw: [4, 6], 'step-job': [1] },
};

export function composite(shape: Shape): Scenario {
  const { kind, composites, parts } = shape;
  const jobs = composites * parts;
  return {
    name: nameOf(shape),
    jobs,
    sides: sidesOf[kind],
    metrics: [
      {
        name: titleOf(shape),
        unit: kind === 'parallel' ? 'parts/s' : 'steps/s',
        better: 'higher',
        targets: targets[kind],
      },
    ],
    start: withPair(CONCURRENCY, async (pair) => {
      await pair.worker.call('expect', jobs);
      const lap = await pair.time(() => pair.producer.call(kind, jobs, composites));
      await pair.worker.call('check');
      return throughput(jobs, lap);
    }),
  };
}
