// One trace over processes that die: a producer, a worker that is killed in the middle of a run,
// and the worker that goes on.
import { waitForAnnotation, waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import type { Program } from '../kit/process.js';
import { startTraced, type ToldSpan, type TracedMessage } from '../kit/traced.js';
import { PATIENCE } from './worker-processes.js';

const context = testContext('traces');
const QUEUE = 'albums';

const spansOf = (program: Program<TracedMessage>, type: 'begun' | 'ended'): ToldSpan[] =>
  program.messages.filter((told): told is ToldSpan => told.type === type);
const relations = ({ links }: ToldSpan): string[][] =>
  links.map(({ relation, spanId }) => [relation, spanId]);
const isOf =
  (id: string, name: string) =>
  (told: TracedMessage): told is ToldSpan =>
    'attributes' in told && told.attributes['messaging.message.id'] === id && told.name === name;

it('J11, I3 put, killed run, interrupt, next run, parts and callbacks are one trace', async () => {
  const { prefix } = context;
  const start = (uuid?: string) => startTraced({ prefix, queue: QUEUE, ...(uuid && { uuid }) });
  const uuid = newUuid();
  const producer = start();
  await producer.exited;
  const puts = producer.messages.find((told) => told.type === 'put');
  const { id, part, callback } = puts as Extract<TracedMessage, { type: 'put' }>;
  const [put] = spansOf(producer, 'ended');

  const first = start(uuid);
  // A run that takes long shows that it goes on, and leaves a note on its job.
  const goesOn = (told: TracedMessage) =>
    told.type === 'ended' && told.name === `process ${QUEUE} goes on`;
  const running = (await first.waitForMessage(goesOn, 20_000)) as ToldSpan;
  const queue = context.queue(QUEUE);
  await waitForAnnotation(must(await queue.get(part)), 'drover.span', PATIENCE);
  first.kill();
  await first.exited;
  const second = start(uuid);
  await waitForResult(must(await queue.get(callback)), PATIENCE);
  for (const last of [isOf(id, `wait ${QUEUE}`), isOf(callback, `process ${QUEUE}`)])
    await second.waitForMessage((told) => told.type === 'ended' && last(told));
  second.kill('SIGTERM');
  await second.exited;

  const all = [producer, first, second].flatMap((program) => spansOf(program, 'begun'));
  expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set([put?.traceId]));
  expect(put?.name).toBe(`send ${QUEUE}`);
  // The span of the first run has begun, and has never ended.
  const run1 = must(spansOf(first, 'begun').find(isOf(part, `process ${QUEUE}`)));
  expect(spansOf(first, 'ended').some(({ spanId }) => spanId === run1.spanId)).toBe(false);
  expect([run1.parentId, running.parentId]).toEqual([put?.spanId, run1.spanId]);
  expect(relations(run1)).toEqual([['put', put?.spanId]]);

  const interrupt = must(spansOf(second, 'ended').find(isOf(part, `interrupt ${QUEUE}`)));
  expect(interrupt.attributes).toMatchObject({
    'drover.interrupted.dispatcher': uuid,
    'drover.interrupted.fence': run1.attributes['drover.fence'],
    'drover.interruptions': 1,
    'drover.outcome': 'retried',
  });
  const expected = [
    ['put', put?.spanId],
    ['interrupted run', run1.spanId],
  ];
  expect(relations(interrupt)).toEqual(expected);
  const waited = must(spansOf(second, 'ended').find(isOf(id, `interrupt ${QUEUE}`)));
  expect(waited.attributes).toMatchObject({ 'drover.outcome': 'waiting' });

  const run2 = must(spansOf(second, 'ended').find(isOf(part, `process ${QUEUE}`)));
  expect(run2.attributes).toMatchObject({
    'drover.tries': 2,
    'drover.interruptions': 1,
    'drover.outcome': 'successful',
  });
  expect(relations(run2)).toEqual([
    ['put', put?.spanId],
    ['previous run', run1.spanId],
  ]);
  // The other part, the postprocess and the callback, and the composite itself.
  const runs = spansOf(second, 'ended').filter(({ name }) => name === `process ${QUEUE}`);
  expect(runs).toHaveLength(4);
  for (const run of runs) expect(run.parentId).toBe(put?.spanId);
});

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is not there');
  return value;
}
