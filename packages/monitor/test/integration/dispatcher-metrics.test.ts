// dispatcherMetrics and healthServer: what a worker counts, its slots, and its probes.
import { defineTask, InvalidArgumentError, local, NeverRetry, RetryableError } from '@drover/core';
import { Registry } from 'prom-client';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../../test/kit/dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatcherMetrics, healthServer } from '../../src/index.js';
import { valuesOf } from './values-of.js';

const context = testContext('dispatcher-metrics');
const queue = context.queue('jobs');
const dispatchers = dispatchersIn(context);
const finish = gate();
const echo = defineTask('dispatcherMetrics.echo', (value: unknown) => value);
const fails = defineTask('dispatcherMetrics.fails', () => {
  throw new RangeError('no');
});
const retries = defineTask('dispatcherMetrics.retries', () => {
  if (local.attempt === 1) throw new RetryableError('again');
});
const waits = defineTask('dispatcherMetrics.waits', async () => await finish.opened);
const stops = defineTask('dispatcherMetrics.stops', async () => {
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  throw local.signal.reason;
});

const dispatcher = dispatchers.make('jobs', { size: 4 });
const { register } = dispatcherMetrics(dispatcher, { maxTasks: 5 });
beforeAll(async () => await dispatcher.activate());

const counter = async (kind: string, task?: string) => {
  const value = await valuesOf(register);
  const labels = { queue: 'jobs', ...(task && { task: `dispatcherMetrics.${task}` }) };
  return value(`drover_jobs_${kind}_total`, labels);
};

it('D8, D11 runs are counted by queue and task, with their waits and times', async () => {
  await (await queue.put(echo.job(1))).wait();
  await (await queue.put(fails.job(), { retryPolicy: NeverRetry })).wait().catch(() => {});
  await (await queue.put(retries.job())).wait();
  await eventually(async () => (await counter('completed', 'retries')) === 1);
  expect(await counter('started', 'echo')).toBe(1);
  expect(await counter('completed', 'echo')).toBe(1);
  expect(await counter('failed', 'fails')).toBe(1);
  expect(await counter('started', 'retries')).toBe(2);
  expect(await counter('retried', 'retries')).toBe(1);
  expect(await counter('failed', 'retries')).toBeUndefined();
  const value = await valuesOf(register);
  const labels = { queue: 'jobs', task: 'dispatcherMetrics.retries' };
  expect(value('drover_job_wait_seconds_count', labels)).toBe(2);
  expect(value('drover_job_run_seconds_count', labels)).toBe(2);
  expect(value('drover_dispatcher_deaths_seen_total')).toBe(0);
});

it('O1 a cancelled job counts as cancelled, and its run as reassigned', async () => {
  const job = stops.job();
  const begun = hasStarted(dispatcher, job);
  await queue.put(job);
  await begun;
  await job.cancel();
  await eventually(async () => (await counter('cancelled', 'stops')) === 1);
  await eventually(async () => (await counter('reassigned', 'stops')) === 1);
  expect(await counter('failed', 'stops')).toBeUndefined();
});

it('D9, D10 the slots of the agents, and those in use', async () => {
  const job = waits.job();
  const begun = hasStarted(dispatcher, job);
  await queue.put(job);
  await begun;
  const agent = { queue: 'jobs', agent: 'main' };
  const value = await valuesOf(register);
  expect(value('drover_agent_slots', agent)).toBe(4);
  expect(value('drover_agent_slots_used', agent)).toBe(1);
  expect(dispatcher.agents()).toEqual([
    { queue: 'jobs', name: 'main', size: 4, lanes: ['main'], threads: false, running: 1 },
  ]);
  expect(value('drover_event_loop_lag_seconds', { quantile: '1' })).toBeGreaterThanOrEqual(0);
  finish.open();
  await job.wait();
});

it('D8 tasks beyond maxTasks count as other', async () => {
  await (await queue.put(defineTask('dispatcherMetrics.more', () => 1).job())).wait();
  await eventually(async () => {
    const value = await valuesOf(register);
    return value('drover_jobs_completed_total', { task: 'other' }) === 1;
  });
  expect(await counter('completed', 'more')).toBeUndefined();
});

it('D2, D9 healthServer answers the probes, and serves the metrics', async () => {
  const worker = dispatchers.make('probes');
  const server = await healthServer({ dispatcher: worker, port: 0 });
  cleanUpLater(() => server.close());
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  const get = async (path: string) => {
    const response = await fetch(server.url + path);
    return { status: response.status, body: await response.text() };
  };
  const fine = JSON.stringify({ live: true, ready: true, reasons: [] });
  expect((await get('/livez')).status).toBe(200);
  expect(await get('/readyz')).toMatchObject({
    status: 503,
    body: expect.stringContaining('it is new') as string,
  });
  await worker.activate();
  for (const path of ['/livez', '/readyz'])
    expect(await get(path)).toEqual({ status: 200, body: `${fine}\n` });
  expect((await get('/metrics')).body).toMatch(
    /^drover_agent_slots\{queue="probes",agent="main"\} 10$/m,
  );
  expect((await get('/')).status).toBe(404);
  await worker.deactivate();
  expect((await get('/livez')).status).toBe(503);
  expect((await get('/readyz')).status).toBe(503);
  const taken = healthServer({ dispatcher: worker, port: server.port });
  await expect(taken).rejects.toThrow(/EADDRINUSE/);
});

it('I1 interrupted jobs are counted', async () => {
  const job = stops.job();
  const begun = hasStarted(dispatcher, job);
  await queue.put(job);
  await begun;
  await dispatcher.deactivate();
  expect(await counter('interrupted', 'stops')).toBe(1);
});

it('B2 wrong options, and a register that has the metrics, are refused', async () => {
  const own = new Registry();
  const other = dispatchers.make('other');
  const metrics = dispatcherMetrics(other, { register: own });
  expect(() => dispatcherMetrics(other, { register: own })).toThrow(
    /already has the metric drover_jobs_started_total: give each dispatcher/,
  );
  metrics.close();
  expect(own.getMetricsAsArray()).toEqual([]);
  expect(['started', 'died'].map((event) => other.listenerCount(event as 'died'))).toEqual([0, 0]);
  expect(() => dispatcherMetrics({} as never)).toThrow(InvalidArgumentError);
  expect(() => dispatcherMetrics(other, { maxTasks: -1 })).toThrow(InvalidArgumentError);
  for (const options of [{ port: -1 }, { port: 0, host: '' }, { port: 0, path: '/' }])
    await expect(healthServer({ dispatcher: other, ...options })).rejects.toThrow(
      InvalidArgumentError,
    );
});
