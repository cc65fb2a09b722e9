// From the measurements of all sides to medians and ratios.
import { inTurns } from '../../compare.js';
import { toRows } from '../../rows.js';
import type { Measured, Metric, Station } from '../../scenarios/scenario.js';
import type { SideName } from '../../sides/side.js';

const metric = (name: string): Metric => ({ name, unit: 'ms', better: 'lower', targets: {} });
const numbers = (...values: number[]): Measured[] => values.map((value) => ({ values: [value] }));

test('the sides are measured in turns, every second time the other way round', async () => {
  const order: SideName[] = [];
  const station = (side: SideName): [SideName, Station] => [
    side,
    {
      measure: async () => ({ values: [order.push(side)] }),
      end: async () => {},
    },
  ];
  const measured = await inTurns(
    new Map([station('raw'), station('drover'), station('step-job')]),
    3,
  );
  expect(order.join(' ')).toBe('raw drover step-job step-job drover raw raw drover step-job');
  expect(measured.get('raw')).toEqual(numbers(1, 6, 7));
  expect(measured.get('step-job')).toEqual(numbers(3, 4, 9));
});

test('each side has its median, and the ratio of Drover to it', () => {
  const measured = new Map<SideName, Measured[]>([
    ['raw', numbers(10, 20, 40)],
    ['drover', numbers(30, 10, 20)],
    ['bee-queue', numbers(40, 40, 40)],
  ]);
  const [row] = toRows({ name: 'plain/1', metrics: [metric('one')] }, measured);
  expect(row).toMatchObject({ scenario: 'plain/1', name: 'one', unit: 'ms' });
  expect(row?.sides).toEqual({
    raw: {
      measured: [10, 20, 40],
      median: 20,
      // Of neighbours: 30/10, 10/20, 20/40.
      ratio: { median: 1, min: 0.5, max: 3 },
    },
    drover: { measured: [30, 10, 20], median: 20 },
    'bee-queue': {
      measured: [40, 40, 40],
      median: 40,
      ratio: { median: 0.5, min: 0.25, max: 0.75 },
    },
  });
});

test('the CPU time of each process is a median, and stands with the first metric', () => {
  const ofDrover = [1, 9, 2].map((time) => ({
    values: [1, 2],
    cpu: { producer: time, worker: 10 * time, redis: 100 * time },
  }));
  const rows = toRows(
    { name: 'latency', metrics: [metric('p50'), metric('p99')] },
    new Map<SideName, Measured[]>([['drover', ofDrover]]),
  );
  expect(rows.map(({ sides }) => sides.drover?.cpu)).toEqual([
    { producer: 2, worker: 20, redis: 200 },
    undefined,
  ]);
});

test('the producer has no CPU time of its own where it shares the process of the worker', () => {
  const together = [{ values: [1], cpu: { worker: 5, redis: 7 } }];
  const [row] = toRows(
    { name: 'put', metrics: [metric('put')] },
    new Map<SideName, Measured[]>([['drover', together]]),
  );
  expect(row?.sides.drover?.cpu).toEqual({ worker: 5, redis: 7 });
});
