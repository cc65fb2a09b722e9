// Which file may import which (docs/ARCHITECTURE.md): the rooms of a package stand in an order, and
// a file imports from its own room and from rooms below it alone. Imports of types count.

/** The rooms of each folder of sources, the lowest first. A room is a folder or a file in it. */
const rooms = {
  'packages/core/src': [
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
  'packages/worker/src': [
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
  'packages/monitor/src': [
    ['text'],
    ['model'],
    ['serve'],
    ['http', 'metrics', 'tracing'],
    ['cli', 'index.ts'],
  ],
  'packages/monitor/page': [
    ['route'],
    ['api'],
    ['live'],
    ['parts'],
    ['screens'],
    ['shell'],
    ['main.tsx'],
  ],
};

const pathOf = (folder, room) => `^${folder}/${room.replace('.', '\\.')}`;

/** For each floor of rooms, that it imports from no floor above it, and not from its neighbours. */
const floors = Object.entries(rooms)
  .flatMap(([name, order]) =>
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
  )
  // A room with nothing beside or above it.
  .filter(({ to }) => to.path.length > 0);

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
    enhancedResolveOptions: { extensions: ['.ts', '.tsx'] },
    tsConfig: { fileName: 'tsconfig.base.json' },
  },
};
