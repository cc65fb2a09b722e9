// Shared by the tests of BullMQ's tools: jobs in a lane with one slot, and what becomes of them.
import { defineTask, Failure, local, type Job, type Queue } from '@drover/core';
import { Queue as BullQueue, type Job as BullJob } from 'bullmq';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import type { TestContext } from '../../../../test/kit/context.js';
import { hasStarted, type Dispatchers } from '../../../../test/kit/dispatchers.js';
import { aborted, gatesByName } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { read, tablesOf } from '../../../../test/unit/docs/markdown.js';

/** A busy machine must not make a dispatcher dead. */
export const QUICK = { pingInterval: 200, deathInterval: 2_000 };
export const HOUR = 3_600_000;
const PATIENCE = { timeout: 15_000 };

export const gateOf = gatesByName();
const ran = new Map<string, unknown[]>();
export const ranIn = (of: string): unknown[] => ran.get(of) ?? [];
const note = (of: string, value: unknown): unknown => {
  ran.set(of, [...ranIn(of), value]);
  return value;
};
export const echo = defineTask('bullmq-tools.echo', note);
export const held = defineTask('bullmq-tools.held', async (of: string) => {
  await gateOf(of).opened;
  return note(`${of} held`, 'held');
});
export const pausesOnce = defineTask(
  'bullmq-tools.pausesOnce',
  async (of: string, value: unknown) =>
    local.fence > 1 ? note(of, value) : await aborted(local.signal),
);

/** A queue as Drover and as BullMQ have it, and what belongs to a test. */
export interface Base {
  name: string;
  queue: Queue;
  /** Of the lane of the subject. */
  board: BullQueue;
  /** Lets dispatchers go on. */
  go: () => Promise<void>;
}

/** A job of one kind, with all that belongs to it. */
export interface Scene extends Base {
  /** The BullMQ jobs of the subject. */
  jobs: () => Promise<BullJob[]>;
  /** How it ended; undefined: it is under way. */
  outcome: () => Promise<string | undefined>;
}

export function scenesIn(context: TestContext, dispatchers: Dispatchers) {
  const { redis, prefix } = context;

  function sceneOf(name: string, lane = name): Base {
    const board = new BullQueue(lane, { connection: { url: context.redisUrl }, prefix });
    board.on('error', () => {});
    cleanUpLater(() => board.close());
    const go = async (): Promise<void> => gateOf(name).open();
    return { name, queue: context.queue(name), board, go };
  }

  /** A job runs in the only slot of the lane until its gate is opened. */
  async function blocked(
    name: string,
    put: (blocker: Job) => Promise<unknown>,
    blocker = held.job(name) as Job,
  ): Promise<void> {
    const dispatcher = dispatchers.make(name, { size: 1, ...QUICK });
    const started = hasStarted(dispatcher, blocker);
    await put(blocker);
    await dispatcher.activate();
    await started;
  }

  const isSetAside = async ({ queue }: Base): Promise<boolean> =>
    (await queue.deadLetters().list()).length > 0;

  /** How a job ended. */
  async function endOf({ queue }: Base, { id }: Job): Promise<string | undefined> {
    const job = await queue.get(id);
    if (!job) return 'gone';
    if ((await queue.deadLetters().list()).some((letter) => letter.id === id)) return 'dead letter';
    if (job.status === 'completed') return job.result instanceof Failure ? 'fails' : 'runs';
    const isLater = (await redis.zscore(`${prefix}:${queue.name}:delayed`, id)) !== null;
    return isLater ? 'is later' : undefined;
  }

  /** How the parts of a composite ended, as its result says. */
  async function endOfParts(base: Base, whole: Job): Promise<string | undefined> {
    if (await isSetAside(base)) return 'dead letter';
    const end = await endOf(base, whole);
    if (end === 'gone') return 'gone, with its composite';
    const result = (await base.queue.get(whole.id))?.result;
    if (end === undefined || !Array.isArray(result)) return end;
    const failures = result.map((one) => (one instanceof Failure ? one.name : 'runs'));
    return [...new Set(failures)].join(', ');
  }

  const byIds = (base: Base, ids: readonly string[]) => async (): Promise<BullJob[]> =>
    await Promise.all(ids.map(async (id) => (await base.board.getJob(id)) as BullJob));

  return { sceneOf, blocked, endOf, endOfParts, byIds };
}

/** Does something to each BullMQ job of a scene. */
export const each =
  (act: (job: BullJob) => Promise<unknown>) =>
  async (scene: Scene): Promise<void> => {
    for (const job of await scene.jobs()) await act(job);
  };

/** Uses a tool, and says what becomes of the job. */
export async function effectOf(
  scene: Scene,
  tool: (scene: Scene) => Promise<unknown>,
): Promise<string> {
  let told: unknown;
  let isRefused = false;
  try {
    told = await tool(scene);
  } catch {
    isRefused = true;
  }
  if (told === 'waits' || told === 'goes on') return told;
  await scene.go();
  const outcome = await eventually(scene.outcome, PATIENCE).catch(() => 'LOST');
  if (!isRefused) return outcome;
  return outcome === 'runs' ? 'refused' : `refused, ${outcome}`;
}

/** A table of the guide: the kinds of jobs, and the cells of each tool. */
export function effectsTable(firstColumn: string) {
  const plain = (text = ''): string => text.replaceAll('`', '');
  const page = read('docs/guides/bullmq-tools.md');
  const found = tablesOf(page).find(({ header }) => header[0] === firstColumn);
  const rows = (found?.rows ?? []).map(([tool, ...cells]): [string, string[]] => [
    plain(tool),
    cells.map(plain),
  ]);
  return { kinds: found?.header.slice(1) ?? [], rows: new Map(rows) };
}
