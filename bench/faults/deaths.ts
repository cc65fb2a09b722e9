// Faults of processes: the time from the fault until the job runs again, in a sibling.
import { Queue, type Job } from '@drover/core';
import { randomUUID } from 'node:crypto';
import { startFaultProxy } from '#kit/fault-proxy';
import { startProgram } from '#kit/process';
import { hangOnce, pauseOnce } from '#kit/tasks';
import { WorkerProcess, type WorkerMessage, type WorkerProgramOptions } from '#kit/worker';
import type { FaultScenario } from './scenario.js';

/** ms */
const MAX_BLOCK = 1_000;

interface Place {
  /** Runs a job that goes on until its process is told to stop. */
  first: WorkerProcess;
  proxy: { blackHole(): void; heal(): void };
  /** Starts another process. */
  start: (crashPoint?: string) => Promise<WorkerProcess>;
}

async function withProcess(
  url: string,
  prefix: string,
  use: (place: Place) => Promise<number>,
  job: Job = pauseOnce.job(1) as Job,
): Promise<number> {
  const proxy = await startFaultProxy(url);
  const queue = new Queue('faults', { connection: url, prefix });
  const running: WorkerProcess[] = [];
  const start = async (connection: string, crashPoint?: string): Promise<WorkerProcess> => {
    const options: WorkerProgramOptions = {
      prefix,
      uuid: randomUUID(),
      queues: { faults: { main: { size: 1 } } },
      pingInterval: 500,
      deathInterval: 2_000,
      maxBlock: MAX_BLOCK,
    };
    const dies: Record<string, string> =
      crashPoint === undefined ? {} : { DROVER_CRASH_POINT: crashPoint };
    const env = { REDIS_URL: connection, WORKER_OPTIONS: JSON.stringify(options), ...dies };
    const worker = new WorkerProcess(startProgram<WorkerMessage>('worker', { env }));
    running.push(worker);
    await worker.event('activated');
    return worker;
  };
  try {
    const first = await start(proxy.url);
    await queue.put(job);
    await first.event('started');
    return await use({ first, proxy, start: (crashPoint) => start(url, crashPoint) });
  } finally {
    for (const worker of running) await worker.end('SIGKILL');
    await queue.close();
    await proxy.close();
  }
}

/** From when something happens to the process that runs the job until a sibling runs it. */
function takenOver(name: string, happens: (place: Place) => void): FaultScenario {
  const use = async (place: Place): Promise<number> => {
    const sibling = await place.start();
    const at = performance.now();
    happens(place);
    await sibling.event('started');
    return performance.now() - at;
  };
  return { name, measure: (url, prefix) => withProcess(url, prefix, use) };
}

const hangs: FaultScenario = {
  name: 'an event loop hangs for longer than maxBlock (1,000)',
  measure: (url, prefix) => {
    const use = async ({ start }: Place): Promise<number> => {
      const at = performance.now();
      await (await start()).event('started');
      return performance.now() - at;
    };
    return withProcess(url, prefix, use, hangOnce.job(10_000) as Job);
  },
};

/** The next sibling is there long before it is clear that the one that cleaned up has died. */
const cleanerDies: FaultScenario = {
  name: 'a process is killed, and so is who cleans up after it',
  measure: (url, prefix) =>
    withProcess(url, prefix, async ({ first, start }) => {
      const cleaner = await start('interrupt.after-cleaning');
      const at = performance.now();
      first.program.kill('SIGKILL');
      await cleaner.program.exited;
      await (await start()).event('started');
      return performance.now() - at;
    }),
};

/** A process that was found dead learns of it, and takes jobs again. */
const comesBack: FaultScenario = {
  name: 'a process comes back after its death was found: until it takes jobs',
  measure: (url, prefix) =>
    withProcess(url, prefix, async ({ first, proxy, start }) => {
      const sibling = await start();
      proxy.blackHole();
      await sibling.event('started');
      const at = performance.now();
      proxy.heal();
      await first.event('reactivated');
      return performance.now() - at;
    }),
};

export const deaths: readonly FaultScenario[] = [
  takenOver('a process is told to stop (SIGTERM): until a sibling runs the job', ({ first }) =>
    first.program.kill('SIGTERM'),
  ),
  takenOver('a process is killed: until a sibling runs the job', ({ first }) =>
    first.program.kill('SIGKILL'),
  ),
  takenOver('a process is paused (SIGSTOP)', ({ first }) => first.program.kill('SIGSTOP')),
  takenOver('a process is cut off from Redis', ({ proxy }) => proxy.blackHole()),
  hangs,
  cleanerDies,
  comesBack,
];
