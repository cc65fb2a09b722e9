// Programs and test runners that load the packages, each as a user has it: they put jobs, and run
// them.
import { join } from 'node:path';
import { cellsOf, folder, node, PATIENCE, tool } from './matrix.js';

/** The output of a worker: the results of a composite and of a job in a thread, and its errors. */
const told = (...words: unknown[]): string => `${JSON.stringify([[8, 10], ...words])}\n`;
const at = (...path: string[]): string => join(folder, ...path);

const runs: Record<string, () => Promise<void>> = {
  import: async () => {
    const written = await node(at('esm'), ['main.mjs'], { DROVER_LOAD_TASKS: at('esm/tasks.mjs') });
    expect(written).toBe(told('thread', []));
  },
  require: async () => {
    const written = await node(at('cjs'), ['main.cjs'], { DROVER_LOAD_TASKS: at('cjs/tasks.cjs') });
    expect(written).toBe(told('thread', []));
  },
  tsx: async () => {
    expect(await node(at('tsx'), ['--import', 'tsx', 'main.ts'])).toBe(told('main thread', []));
  },
  'Jest, CommonJS': async () => void (await node(at('jest-cjs'), [tool('jest/bin/jest.js')])),
  'Jest, ES modules': async () =>
    void (await node(at('jest-esm'), [tool('jest/bin/jest.js')], {
      NODE_OPTIONS: '--experimental-vm-modules',
    })),
  'ts-jest, CommonJS, NestJS': async () =>
    void (await node(at('nest'), [tool('jest/bin/jest.js')])),
  Vitest: async () => void (await node(at('vitest'), [tool('vitest/vitest.mjs'), 'run'])),
};

const cells = cellsOf('Programs and test runners');

test('each way to load the packages is in the guide', () => {
  expect(cells.map(({ row }) => row)).toEqual(Object.keys(runs));
});

test.each(cells)('jobs run by $row', async ({ row }) => await runs[row]?.(), PATIENCE);
