// The buttons of bull-board on Drover's jobs, by the table in docs/guides/bullmq-tools.md: each is
// pressed as its page does (O6).
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import express from 'express';
import { defineTask, Failure, local, NeverRetry, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { echo, effectsTable, held, HOUR, QUICK, ranIn, scenesIn } from './bullmq-tools-scene.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('bull-board');
const dispatchers = dispatchersIn(context);
const { sceneOf } = scenesIn(context, dispatchers);
const failsOnce = defineTask('bull-board.failsOnce', () => {
  if (local.fence === 1) throw new Error('the first run');
  return 'mended';
});

const serverAdapter = new ExpressAdapter();
const { addQueue } = createBullBoard({ queues: [], serverAdapter });
const server = express().use('/', serverAdapter.getRouter()).listen(0, '127.0.0.1');
cleanUpLater(() => {
  server.close();
  server.closeAllConnections();
});

beforeAll(async () => {
  if (!server.listening) await once(server, 'listening');
});

type Press = (path: string, body?: object, method?: string) => Promise<number>;
type Jobs = Readonly<Record<string, Job>>;
/** The jobs for which a button was refused. */
type Refused = readonly string[];

/** Presses it for each job. */
const forEach =
  (path: string, body?: () => object, method?: string) =>
  async (press: Press, jobs: Jobs): Promise<Refused> => {
    const refused: string[] = [];
    for (const [kind, { id }] of Object.entries(jobs))
      if ((await press(`${id}/${path}`, body?.(), method)) >= 400) refused.push(kind);
    return refused;
  };
/** Presses it for the queue. */
const forQueue =
  (...paths: readonly [path: string, body?: object][]) =>
  async (press: Press): Promise<Refused> => {
    for (const [path, body] of paths) expect([path, await press(path, body)]).toEqual([path, 200]);
    return [];
  };
/** It takes jobs that are older than five seconds. */
const clean = (status: string) => async (press: Press) => {
  const begin = Date.now();
  await eventually(() => Date.now() - begin > 5_100);
  return await forQueue([`clean/${status}`])(press);
};

const BUTTONS: Record<string, (press: Press, jobs: Jobs) => Promise<Refused>> = {
  'Pause, Resume': forQueue(['pause'], ['resume']),
  'Retry all (failed)': forQueue(['retry/failed']),
  'Retry all (completed)': forQueue(['retry/completed']),
  'Promote all': forQueue(['promote']),
  'Clean all (waiting)': clean('wait'),
  'Clean all (delayed)': clean('delayed'),
  'Clean all (failed)': clean('failed'),
  'Clean all (completed)': clean('completed'),
  Empty: forQueue(['empty']),
  'Obliterate, with force': forQueue(['pause'], ['obliterate', { force: true }], ['resume']),
  'Set concurrency': forQueue(['concurrency', { concurrency: 1 }]),
  'Set rate limit': forQueue(['rate-limit', { max: 1_000, duration: 1_000 }]),
  'Job: Retry': forEach('retry'),
  'Job: Clean': forEach('clean'),
  'Job: Promote': forEach('promote'),
  'Job: Update data': forEach('update-data', () => ({ jobData: { no: 'array' } }), 'PATCH'),
  'Job: Change delay': forEach('delay', () => ({ runAt: Date.now() }), 'PATCH'),
  'Job: Change priority': forEach('priority', () => ({ priority: 5 }), 'PATCH'),
  'Job: Remove unprocessed children': forEach('remove-unprocessed-children'),
};

/** A job of each kind in a lane with one slot, and its BullMQ queue on the board. */
async function sceneWith(name: string) {
  const { queue, board, go } = sceneOf(name);
  addQueue(new BullMQAdapter(board));
  const dispatcher = await dispatchers.start(name, { size: 1, ...QUICK });
  const failed = await queue.put(failsOnce.job() as Job<unknown, []>, { retryPolicy: NeverRetry });
  const completed = await queue.put(echo.job(`${name} completed`, 1));
  await Promise.all([failed.wait().catch(() => undefined), completed.wait()]);
  const composite = parallel([echo.job(name, 1), echo.job(name, 2)], { packed: false }) as Job;
  const running = held.job(name) as Job;
  const started = hasStarted(dispatcher, running);
  await queue.putAll([composite, running] as Job<unknown, []>[]);
  await started;
  const pending = await queue.put(echo.job(name, 'pending'));
  const delayed = await queue.put(echo.job(name, 'delayed'), { beginAfter: HOUR });
  const jobs = { pending, delayed, composite, running, failed, completed } as unknown as Jobs;
  return { queue, jobs, go };
}

/** What has become of a job. */
async function effectOn(name: string, kind: string, { id }: Job): Promise<string> {
  const queue = context.queue(name);
  const job = await queue.get(id);
  if (!job) return 'gone';
  if ((await queue.deadLetters().list()).some((letter) => letter.id === id)) return 'dead letter';
  const { status, result } = job;
  if (kind === 'delayed') return status === 'pending' ? 'stays' : 'runs';
  if (status !== 'completed') return `is ${status}`;
  if (kind === 'failed') return result instanceof Failure ? 'stays' : 'runs again';
  if (kind === 'completed') return ranIn(`${name} completed`).length > 1 ? 'runs again' : 'stays';
  const failures = Array.isArray(result) ? result.filter((one) => one instanceof Failure) : [];
  return result instanceof Failure ? 'fails' : (failures[0]?.name ?? 'runs');
}

const { kinds, rows } = effectsTable('button');

it('O6 the table of the guide has these buttons', () => {
  expect([...rows.keys()]).toEqual(Object.keys(BUTTONS));
});

const names = Object.keys(BUTTONS);
const groups = [names.slice(0, 4), names.slice(4, 8), names.slice(8, 12), names.slice(12)];

it.each(groups)('O6 %s, %s, %s … have the effects of their rows', async (...group) => {
  const { port } = server.address() as AddressInfo;
  const tried = group.map(async (button) => {
    const name = `button-${names.indexOf(button)}`;
    const { queue, jobs, go } = await sceneWith(name);
    const press: Press = async (path, body, method = 'PUT') => {
      const url = `http://127.0.0.1:${port}/api/queues/${name}/${path}`;
      const headers = { 'content-type': 'application/json' };
      const { status } = await fetch(url, {
        ...{ method, headers },
        ...(body && { body: JSON.stringify(body) }),
      });
      return status;
    };
    const refused = (await BUTTONS[button]?.(press, jobs)) ?? [];
    await go();
    // Behind all that the button has let begin.
    await queue.put(echo.job(name, 'last')).then((last) => last.wait());
    const effects = async () =>
      await Promise.all(
        kinds.map(async (kind) => {
          const effect = await effectOn(name, kind, jobs[kind] as Job);
          return refused.includes(kind) && /^(runs|stays)$/.test(effect) ? 'refused' : effect;
        }),
      );
    await eventually(async () => {
      expect([button, await effects()]).toEqual([button, rows.get(button)]);
      return true;
    });
  });
  await Promise.all(tried);
});
