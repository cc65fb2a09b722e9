// One recovery, measured: a process ends while it runs a job, and another one takes the job up.
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Queue as RawQueue } from 'bullmq';
import { defineTask, Queue } from '@drover/core';
import { QUEUE } from '../sides/side.js';
import { ENDLESS, type Contender, type WorkerEvent, type WorkerSettings } from './settings.js';

export type Ending = 'SIGTERM, restart' | 'SIGKILL, restart' | 'SIGKILL, sibling';
export const endings: readonly Ending[] = [
  'SIGTERM, restart',
  'SIGKILL, restart',
  'SIGKILL, sibling',
];

/** Raw takes up to a minute with its defaults: what has not come by then does not come. ms. */
const MOST = 150_000;

/** For its name: it runs in worker processes. */
const endless = defineTask(ENDLESS, () => {});

class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #events: WorkerEvent[] = [];

  constructor(settings: WorkerSettings) {
    this.#child = fork(new URL('worker.js', import.meta.url), {
      env: { ...process.env, BENCH_WORKER: JSON.stringify(settings) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message) => this.#events.push(message as WorkerEvent));
  }

  /** When the event came, ms since 1970. */
  async timeOf(event: WorkerEvent['event']): Promise<number> {
    const signal = AbortSignal.timeout(MOST);
    for (;;) {
      const found = this.#events.find((one) => one.event === event);
      if (found) return found.at;
      await once(this.#child, 'message', { signal });
    }
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }
}

async function putEndless({ side }: Contender, url: string, prefix: string): Promise<void> {
  if (side === 'drover') {
    const queue = new Queue(QUEUE, { connection: url, prefix });
    await queue.put(endless.job());
    return await queue.close();
  }
  const queue = new RawQueue(QUEUE, { connection: { url }, prefix });
  await queue.add(ENDLESS, {});
  await queue.close();
}

/**
 * Lets a process end, and another one take up its job.
 * @returns ms until the job runs again: after a restart from when the new process takes jobs, else
 *   from the death
 */
export async function recover(
  ending: Ending,
  contender: Contender,
  url: string,
  prefix: string,
): Promise<number> {
  const { side, intervals } = contender;
  const uuid = randomUUID();
  const start = (as: string): WorkerProcess =>
    new WorkerProcess({
      url,
      prefix,
      ...(side === 'drover' ? { side, intervals, uuid: as } : { side, intervals }),
    });
  const running: WorkerProcess[] = [];
  try {
    await putEndless(contender, url, prefix);
    const first = start(uuid);
    running.push(first);
    await first.timeOf('running');
    if (ending === 'SIGKILL, sibling') {
      const sibling = start(randomUUID());
      running.push(sibling);
      await sibling.timeOf('ready');
      const died = Date.now();
      await first.end('SIGKILL');
      return (await sibling.timeOf('running')) - died;
    }
    await first.end(ending === 'SIGTERM, restart' ? 'SIGTERM' : 'SIGKILL');
    const second = start(uuid);
    running.push(second);
    const ready = await second.timeOf('ready');
    // A job that runs before the process says that it is ready has waited for nothing.
    return Math.max(0, (await second.timeOf('running')) - ready);
  } finally {
    for (const process of running) await process.end('SIGKILL');
  }
}
