// The buttons of a BullMQ dashboard on Drover's jobs, by the rows of the table in
// docs/guides/operating.md (O6).
import { defineTask, local, type Job, type Queue } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { Queue as BullQueue, type Job as BullJob } from 'bullmq';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { gate, type Gate } from '../../../../test/kit/gate.js';
import { root } from '../../../../test/kit/paths.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('dashboard');
const dispatchers = dispatchersIn(context);
const HOUR = 3_600_000;
const SOON = { timeout: 15_000 };

const gates = new Map<string, Gate>();
const runs = new Map<string, number>();
const ran = (name: string): void => void runs.set(name, (runs.get(name) ?? 0) + 1);
const echo = defineTask('dashboard.echo', (name: string) => {
  ran(name);
  return name;
});
const gated = defineTask('dashboard.gated', async (name: string) => {
  ran(name);
  await gates.get(name)?.opened;
  return name;
});
const failsAtFirst = defineTask('dashboard.failsAtFirst', (name: string) => {
  ran(name);
  if (local.fence === 1) throw new Error(`run 1 of ${name}`);
  return name;
});
const note = defineTask('dashboard.note', (name: string, _result?: unknown) => ran(name));

let number = 0;
/** A queue, as Drover and as a dashboard have it. */
function newBoard(): { name: string; queue: Queue; board: BullQueue } {
  const name = `board-${++number}`;
  const board = new BullQueue(name, {
    connection: { url: context.redisUrl },
    prefix: context.prefix,
  });
  board.on('error', () => {});
  cleanUpLater(() => board.close());
  return { name, queue: context.queue(name), board };
}

/** Starts a dispatcher that runs the job until the returned function is called. */
async function running(name: string, job: Job): Promise<() => void> {
  const opening = gate();
  gates.set(name, opening);
  const dispatcher = dispatchers.make(name);
  const started = hasStarted(dispatcher, job);
  await dispatcher.activate();
  await started;
  return opening.open;
}

const boardJob = async (board: BullQueue, { id }: Job) => (await board.getJob(id)) as BullJob;
const isGone = async (queue: Queue, { id }: Job): Promise<boolean> =>
  (await queue.get(id)) === undefined;

/** The tests, by the names of the buttons in the guide's table. */
const BUTTONS: Record<string, Record<string, () => Promise<void>>> = {
  'pause, resume': {
    'pending jobs wait, and running ones end': async () => {
      const { name, queue, board } = newBoard();
      const job = await queue.put(gated.job(name));
      const open = await running(name, job);
      await board.pause();
      const waiting = await queue.put(echo.job('waits'));
      open();
      expect(await job.wait(SOON)).toBe(name);
      expect((await waiting.refresh()).status).toBe('pending');
      await board.resume();
      expect(await waiting.wait(SOON)).toBe('waits');
    },
  },
  'global concurrency, rate limit': {
    'jobs wait, as while it is paused': async () => {
      const { name, queue, board } = newBoard();
      await board.setGlobalConcurrency(0);
      const job = await queue.put(echo.job(name));
      await dispatchers.start(name);
      expect((await job.refresh()).status).toBe('pending');
      await board.removeGlobalConcurrency();
      expect(await job.wait(SOON)).toBe(name);
    },
  },
  empty: {
    'pending jobs are removed, and waits for them reject': async () => {
      const { queue, board } = newBoard();
      const [due, later] = await queue.putAll([
        echo.job('due'),
        echo.job('later').with({ beginAfter: HOUR }),
      ]);
      await board.drain(true);
      for (const job of [due, later])
        await expect(job?.wait(SOON)).rejects.toThrow(/removed|not there/);
      expect(await queue.length()).toBe(0);
    },
    'running jobs and composites with a running part stay': async () => {
      const { name, queue, board } = newBoard();
      const [part, other] = [gated.job(name), echo.job('other')];
      const whole = await queue.put(parallel([part, other]));
      const open = await running(name, part);
      await other.wait(SOON);
      await board.drain(true);
      open();
      expect(await whole.wait(SOON)).toEqual([name, 'other']);
    },
  },
  'clean completed, failed': {
    'they are removed': async () => {
      const { name, queue, board } = newBoard();
      await dispatchers.start(name);
      const [done, failed] = await queue.putAll([echo.job('done'), failsAtFirst.job('failed')]);
      await done?.wait(SOON);
      await failed?.wait(SOON).catch(() => {});
      await board.clean(0, 100, 'completed');
      await board.clean(0, 100, 'failed');
      for (const job of [done, failed]) expect(await isGone(queue, job as Job)).toBe(true);
    },
    'a composite that needs one gets a RemovedError': async () => {
      const { name, queue, board } = newBoard();
      const [part, other] = [gated.job(name), echo.job('other')];
      const whole = await queue.put(parallel([part, other]));
      const open = await running(name, part);
      await other.wait(SOON);
      await board.clean(0, 100, 'completed');
      open();
      expect(await whole.wait(SOON)).toEqual([
        name,
        expect.objectContaining({ name: 'RemovedError' }),
      ]);
    },
  },
  'retry failed': {
    'the job runs again, and its callbacks do not': async () => {
      const { name, queue, board } = newBoard();
      await dispatchers.start(name);
      const job = failsAtFirst.job(name);
      await job.addCallback(note.job(`${name} callback`));
      await queue.put(job);
      await expect(job.wait(SOON)).rejects.toThrow('run 1');
      await (await boardJob(board, job)).retry('failed');
      await eventually(async () => (await job.refresh()).result === name);
      expect([runs.get(name), runs.get(`${name} callback`)]).toEqual([2, 1]);
    },
    'a part of an ended composite runs again by itself': async () => {
      const { name, queue, board } = newBoard();
      await dispatchers.start(name);
      const part = failsAtFirst.job(name);
      const whole = await queue.put(parallel([part]));
      await whole.wait(SOON);
      await board.retryJobs({ state: 'failed' });
      await eventually(async () => (await part.refresh()).result === name);
      expect(await whole.wait(SOON)).toEqual([
        expect.objectContaining({ message: `run 1 of ${name}` }),
      ]);
    },
  },
  'retry completed': {
    'the job runs again, and its callbacks do not': async () => {
      const { name, queue, board } = newBoard();
      await dispatchers.start(name);
      const job = echo.job(name);
      await job.addCallback(note.job(`${name} callback`));
      await queue.put(job);
      await job.wait(SOON);
      await (await boardJob(board, job)).retry('completed');
      await eventually(() => runs.get(name) === 2);
      await eventually(async () => (await job.refresh()).status === 'completed');
      expect([job.result, runs.get(`${name} callback`)]).toEqual([name, 1]);
    },
    'a composite waits for a part that runs again': async () => {
      const { name, queue, board } = newBoard();
      const [part, other] = [gated.job(name), echo.job(`${name} other`)];
      const whole = await queue.put(parallel([part, other]));
      const open = await running(name, part);
      await other.wait(SOON);
      await board.retryJobs({ state: 'completed' });
      await eventually(() => runs.get(`${name} other`) === 2);
      open();
      expect(await whole.wait(SOON)).toEqual([name, `${name} other`]);
    },
  },
  'promote, promote all': {
    'a job with a `beginAfter` is put back until its time': async () => {
      const { name, queue, board } = newBoard();
      await dispatchers.start(name);
      const jobs = await queue.putAll(
        [1, 2].map((i) => echo.job(`${name}-${i}`).with({ beginAfter: HOUR })),
      );
      await (await boardJob(board, jobs[0] as Job)).promote();
      await board.promoteJobs();
      await eventually(async () => (await board.getDelayedCount()) === 2);
      for (const job of jobs) expect((await job.refresh()).status).toBe('pending');
      expect(runs.get(`${name}-1`)).toBeUndefined();
    },
  },
  'remove, clean': {
    'a pending job is removed, and waits for it reject': async () => {
      const { queue, board } = newBoard();
      const job = await queue.put(echo.job('pending'));
      const waiting = expect(job.wait(SOON)).rejects.toThrow(/removed|not there/);
      await eventually(async () => await board.getJob(job.id));
      await (await boardJob(board, job)).remove();
      await waiting;
    },
    'a running job is refused': async () => {
      const { name, queue, board } = newBoard();
      const job = await queue.put(gated.job(name));
      const open = await running(name, job);
      await expect((await boardJob(board, job)).remove()).rejects.toThrow('locked');
      open();
      expect(await job.wait(SOON)).toBe(name);
    },
    'a composite goes on without a removed pending part': async () => {
      const { name, queue, board } = newBoard();
      const [part, other] = [echo.job('part').with({ beginAfter: HOUR }), gated.job(name)];
      const whole = await queue.put(parallel([part, other]));
      const open = await running(name, other);
      await (await boardJob(board, part)).remove();
      open();
      expect(await whole.wait(SOON)).toEqual([
        expect.objectContaining({ name: 'RemovedError' }),
        name,
      ]);
    },
    'a waiting composite is removed with its parts': async () => {
      const { name, queue, board } = newBoard();
      await dispatchers.start(name);
      const part = echo.job('part').with({ beginAfter: HOUR });
      const whole = await queue.put(serial([part, echo.job('next')]));
      await eventually(async () => (await part.refresh()).status === 'pending');
      await (await boardJob(board, whole)).remove();
      for (const job of [whole, part]) expect(await isGone(queue, job)).toBe(true);
      await expect(whole.wait(SOON)).rejects.toThrow(/removed|not there/);
    },
  },
  'update data': {
    'a pending job runs with the new data': async () => {
      const { name, queue, board } = newBoard();
      const job = await queue.put(echo.job('before'));
      await (await boardJob(board, job)).updateData(['after']);
      await dispatchers.start(name);
      expect(await job.wait(SOON)).toBe('after');
    },
    'a job whose data is no array becomes a dead letter': async () => {
      const { name, queue, board } = newBoard();
      const job = await queue.put(echo.job('before'));
      await (await boardJob(board, job)).updateData({ no: 'array' });
      await dispatchers.start(name);
      await eventually(async () =>
        (await queue.deadLetters().list()).some(({ id }) => id === job.id),
      );
    },
  },
  'add job': {
    'the name is the task, and the data its arguments': async () => {
      const { name, queue, board } = newBoard();
      await dispatchers.start(name);
      const added = await board.add(echo.name, ['added']);
      const job = await queue.get(added.id ?? '');
      expect(await job?.wait(SOON)).toBe('added');
    },
  },
  obliterate: {
    'all jobs go, and the queue can be used again': async () => {
      const { name, queue, board } = newBoard();
      const job = await queue.put(gated.job(name));
      const open = await running(name, job);
      await board.obliterate({ force: true });
      open();
      await eventually(async () => await isGone(queue, job));
      expect(await (await queue.put(echo.job('anew'))).wait(SOON)).toBe('anew');
      expect(await isGone(queue, job)).toBe(true);
    },
  },
};

const guide = readFileSync(join(root, 'docs/guides/operating.md'), 'utf8');
const rows = [...guide.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map(([, button = '']) => button);

it('O6 the table of the guide has these buttons', () => {
  expect(rows).toEqual(Object.keys(BUTTONS));
});

describe.each(Object.entries(BUTTONS))('O6 %s', (_button, tests) => {
  it.each(Object.entries(tests))('O6 %s', async (_what, test) => await test());
});
