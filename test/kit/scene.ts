// A prefix for one test that runs beside others, with workers and survivors. Without a prefix of
// its own, dispatchers of other tests would be siblings, and would clean up after its dead workers.
import { testContext, type TestContext } from './context.js';
import { startSurvivor } from './survivor.js';
import { startWorker, type WorkerProcess } from './worker.js';

export interface Scene extends TestContext {
  /** Starts a process that serves one queue. `crashPoint`: where it dies by itself. */
  worker(queue: string, uuid: string, crashPoint?: string, size?: number): WorkerProcess;
  /** Starts the dispatcher that goes on after a death. */
  survivor(queue: string, uuid: string): Promise<{ stop: () => Promise<void> }>;
}

export interface SceneOptions {
  /** Of each agent. Default 2. */
  size?: number;
  /** ms. Default 100. */
  pingInterval?: number;
  /** ms. Default 500. */
  deathInterval?: number;
}

export function openScene(
  name: string,
  { size = 2, pingInterval = 100, deathInterval = 500 }: SceneOptions = {},
): Scene {
  const context = testContext(name);
  const { prefix } = context;
  const intervals = { pingInterval, deathInterval };
  return {
    ...context,
    worker: (queue, uuid, crashPoint, slots = size) =>
      startWorker(
        { prefix, uuid, queues: { [queue]: { main: { size: slots } } }, ...intervals },
        crashPoint,
      ),
    survivor: (queue, uuid) => startSurvivor(context, queue, { uuid, size, ...intervals }),
  };
}
