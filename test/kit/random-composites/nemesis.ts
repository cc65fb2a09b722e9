// Kills worker processes at random, and starts others in their places: with their UUIDs, or with
// new ones.
import { newUuid } from '../context.js';
import { Random } from '../faults/random.js';
import { startProgram } from '../process.js';
import { WorkerProcess, type WorkerMessage, type WorkerProgramOptions } from '../worker.js';

export interface NemesisOptions {
  worker: Omit<WorkerProgramOptions, 'uuid'>;
  /** So many workers at a time. */
  workers: number;
  /**
   * How often one of them is killed, when it has worked for a while; then they are left alone until
   * the work is done.
   */
  kills: number;
  /** ms between kills: at least, and at most. */
  pause: [least: number, most: number];
  seed: number;
}

/**
 * Starts the workers, and kills one after another while the work is not done.
 * @returns what the work gave, and how often a worker was killed under it
 */
export async function underNemesis<T>(
  { worker, workers, kills, pause, seed }: NemesisOptions,
  work: Promise<T>,
): Promise<{ found: T; killed: number }> {
  const random = new Random(seed);
  const start = (uuid: string) => ({
    uuid,
    process: new WorkerProcess(
      startProgram<WorkerMessage>('random-worker', {
        env: { WORKER_OPTIONS: JSON.stringify({ ...worker, uuid }) },
      }),
    ),
  });
  const running = Array.from({ length: workers }, () => start(newUuid()));
  await Promise.all(running.map(({ process }) => process.event('activated')));
  let isDone = false;
  const done = work.finally(() => (isDone = true));
  done.catch(() => {}); // told to the caller below
  const [least, most] = pause;
  let killed = 0;
  while (killed < kills && !isDone) {
    const next = new Promise((resolve) => setTimeout(resolve, random.between(least, most)));
    await Promise.race([done.catch(() => {}), next]);
    const victim = random.pick(running);
    // One that has not begun has done nothing that could be lost.
    if (victim.process.events('activated').length === 0) continue;
    await victim.process.end('SIGKILL');
    Object.assign(victim, start(random.chance(0.5) ? victim.uuid : newUuid()));
    killed++;
  }
  return { found: await done, killed };
}
