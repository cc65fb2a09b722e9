// The dispatcher that goes on after a death: in the nightly tests a process, as the dead one was;
// else a dispatcher in the test's own, which needs none of its own to start.
import type { TestContext } from './context.js';
import { dispatchersIn } from './dispatchers.js';
import { isNightly } from './nightly.js';
import './tasks.js';
import { startWorker } from './worker.js';

export interface SurvivorOptions {
  uuid: string;
  /** Of its one agent. Default 2. */
  size?: number;
  pingInterval?: number;
  deathInterval?: number;
}

/** Starts one that serves a queue. */
export async function startSurvivor(
  context: TestContext,
  queue: string,
  { uuid, size = 2, ...intervals }: SurvivorOptions,
): Promise<{ stop: () => Promise<void> }> {
  if (isNightly) {
    const { prefix } = context;
    const worker = startWorker({
      prefix,
      uuid,
      queues: { [queue]: { main: { size } } },
      ...intervals,
    });
    return { stop: () => worker.end('SIGTERM') };
  }
  const dispatcher = await dispatchersIn(context).start(queue, { uuid, size, ...intervals });
  return { stop: () => dispatcher.deactivate() };
}
