// The scene of the situations that docs/guides/explain.md shows: queues, tasks, dispatchers, and
// the names that stand for ids, times and processes.
import { defineTask, joinJobs, local, type Explanation, type Job } from '@drover/core';
import { testContext, newUuid } from '../kit/context.js';
import { dispatchersIn, hasStarted } from '../kit/dispatchers.js';
import { aborted } from '../kit/gate.js';
import { eventually } from '../kit/wait.js';
import { startWorker, type WorkerProcess } from '../kit/worker.js';

export const context = testContext('explain');
export const { redis, prefix } = context;
export const queueNamed = context.queue;

/** Runs until its dispatcher stops. */
export const encode = defineTask(
  'videos.encode',
  async (_name: string, _result?: unknown): Promise<string> => await aborted(local.signal),
);
export const upload = defineTask('videos.upload', (name: string, _result?: unknown) => name);
export const fail = defineTask('videos.fail', () => {
  throw new Error('no such codec');
});
/** Returns a job. */
export const passOn = defineTask('videos.passOn', (job: Job<string>) =>
  joinJobs([], { then: job }),
);

const QUEUES = ['videos', 'album', 'narrow', 'odd'];
const SLOW = { pingInterval: 20_000, deathInterval: 100_000 };

/** The dispatcher of these queues, in this process. */
export const dispatcher = dispatchersIn(context).make('narrow', {
  ...SLOW,
  queues: Object.fromEntries(
    QUEUES.map((queue) => [queue, { main: { size: queue === 'narrow' ? 1 : 20 } }]),
  ),
});

/** A process that knows the tasks of the kit alone, and serves one queue. */
export function processOf(queue: string): WorkerProcess {
  const uuid = newUuid();
  call(uuid, queue === 'killed' ? 'D3' : 'D2');
  const times = { pingInterval: 200, deathInterval: 1_000 };
  return startWorker({ prefix, uuid, queues: { [queue]: { main: { size: 5 } } }, ...times });
}

const names = new Map<string, string>();

call(dispatcher.uuid, 'D1');

/** Gives an id the name under which it is shown. */
export function call(id: string, name: string): void {
  names.set(id, name);
}

/** Puts a job, which is shown under this name. */
export async function put<J extends Job>(
  queue: string,
  name: string,
  job: J,
  options: Parameters<Job['with']>[0] = {},
): Promise<J> {
  call(job.id, name);
  return (await queueNamed(queue).put(job as Job as Job<unknown, []>, options)) as Job as J;
}

/** Puts a job that runs until its dispatcher stops. Resolves when it has started. */
export async function running(
  queue: string,
  name: string,
  options: Parameters<Job['with']>[0] = {},
): Promise<Job<string>> {
  const job = encode.job(name);
  const started = hasStarted(dispatcher, job);
  await put(queue, name, job, options);
  await started;
  return job;
}

/** The explanation, once it has this reason. */
export async function because<R extends Explanation['reason']>(
  queue: string,
  job: Job | string,
  reason: R,
): Promise<Extract<Explanation, { reason: R }>> {
  return await eventually(async () => {
    const found = await queueNamed(queue).explain(job);
    expect(found).toMatchObject({ reason });
    return found as Extract<Explanation, { reason: R }>;
  });
}

/** A sentence with names in the places of ids, times and processes. */
export function shown(sentence: string): string {
  let text = sentence;
  for (const [id, name] of names) text = text.replaceAll(id, name);
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '12:00:00')
    .replace(/host [^,)]+, pid \d+/g, 'host web-1, pid 4711')
    .replace(/(blocked for|for) [\d.]+ s/g, '$1 12 s');
}
