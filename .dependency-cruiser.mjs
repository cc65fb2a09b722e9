// Which file may import which (docs/ARCHITECTURE.md): the rooms of a package stand in an order, and
// a file imports from its own room and from rooms below it alone. Imports of types count.

/** The rooms of each package, the lowest first. A room is a folder or a file of `src`. */
const rooms = {
  core: [
    ['errors.ts'],
    ['lib'],
    ['redis'],
    ['codec'],
    ['model'],
    ['store'],
    ['job'],
    ['task'],
    ['queue'],
    ['fleet'],
    ['local'],
    ['testing', 'heartbeat.ts', 'index.ts', 'internal.ts'],
  ],
  worker: [
    ['thread-file.ts', 'activation'],
    ['logging', 'liveness'],
    ['options'],
    ['threads', 'history'],
    ['context'],
    ['policy'],
    ['recovery'],
    ['run'],
    ['system-tasks'],
    ['claim'],
    ['dispatcher'],
    ['testing', 'heartbeat-thread.ts', 'task-thread.ts', 'index.ts'],
  ],
  monitor: [['text'], ['model'], ['serve'], ['http', 'metrics', 'tracing'], ['cli', 'index.ts']],
};

const pathOf = (name, room) => `^packages/${name}/src/${room.replace('.', '\\.')}`;

/** For each floor of rooms, that it imports from no floor above it, and not from its neighbours. */
const floors = Object.entries(rooms).flatMap(([name, order]) =>
  order.flatMap((floor, i) =>
    floor.map((room) => ({
      name: `${name}: ${room} imports from lower rooms only`,
      severity: 'error',
      from: { path: `${pathOf(name, room)}(/|$)` },
      to: {
        path: order
          .slice(i)
          .flat()
          .filter((other) => other !== room)
          .map((other) => `${pathOf(name, other)}(/|$)`),
      },
    })),
  ),
);

export default {
  forbidden: [
    {
      name: 'no circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'the worker gets no client, clock, key, script or check of records: see model/stores.ts',
      severity: 'error',
      from: { path: '^packages/core/src/internal\\.ts$' },
      to: {
        path: [
          '^packages/core/src/redis/(clock|connection|end-client|eviction|subscription)\\.ts$',
          '^packages/core/src/store/bullmq/(keys|record-checks|version)\\.ts$',
          '^packages/core/src/store/bullmq/scripts/',
        ],
      },
    },
    ...floors,
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.build|node_modules)/|^test/load/|scripts\\.generated\\.ts$' },
    enhancedResolveOptions: { extensions: ['.ts'] },
    tsConfig: { fileName: 'tsconfig.base.json' },
  },
};
