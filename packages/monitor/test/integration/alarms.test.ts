// Alarms that processes of their own bring about: what none of them knows, and deaths that nobody
// is there to clean up after.
import { defineCodec, defineRetryPolicy } from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { echo, neverEnds } from '../../../../test/kit/tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startWorker } from '../../../../test/kit/worker.js';
import type { Alarm } from '../../src/model/alarms/alarm.js';
import { FleetView } from '../../src/model/fleet-view.js';

const context = testContext('alarms');
const PINGS = { pingInterval: 50, deathInterval: 400 };

/** Defined in this process alone. */
const patient = defineRetryPolicy('alarms.patient', {
  jobError: () => false,
  commitError: () => false,
  interrupted: () => true,
});
class Money {
  constructor(readonly cents: number) {}
}
defineCodec('alarms.money', {
  class: Money,
  encode: ({ cents }: Money) => cents,
  decode: (cents: number) => new Money(cents),
});

/** A fleet with a prefix of its own. */
function fleet(name: string) {
  const prefix = `${context.prefix}-${name}`;
  const view = new FleetView({ connection: context.redisUrl, prefix });
  cleanUpLater(() => view.close());
  const start = (queue: string, crashPoint?: string) => {
    const uuid = newUuid();
    const queues = { [queue]: { main: { size: 2 } } };
    return { uuid, worker: startWorker({ prefix, uuid, queues, ...PINGS }, crashPoint) };
  };
  const comes = async (kind: Alarm['kind'], facts: Partial<Alarm> = {}): Promise<Alarm> => {
    let alarms: Alarm[] = [];
    const isIt = (one: Alarm): boolean =>
      one.kind === kind &&
      Object.entries(facts).every(([name, fact]) => one[name as keyof Alarm] === fact);
    return await eventually(async () => {
      ({ alarms } = await view.status());
      return alarms.find(isIt);
    }).catch((): never => {
      throw new Error(`no alarm ${kind}, but ${JSON.stringify(alarms)}`);
    });
  };
  return { view, start, comes };
}

it('B1 a retry policy and a codec that no process knows are alarms', async () => {
  const { view, start, comes } = fleet('strange');
  const queue = view.queue('strange');
  const { worker } = start('strange');
  await worker.event('activated');
  const [job, money] = await queue.putAll([
    echo.job(1).with({ retryPolicy: patient }),
    echo.job(new Money(5)),
  ]);
  const at = { queue: 'strange', lane: 'main', jobs: 1 };
  expect(await comes('policy-unknown')).toMatchObject({
    ...{ ...at, name: 'alarms.patient', job: job?.id },
    says: 'No active dispatcher of the lane main of the queue strange knows the retry policy alarms.patient: 1 job cannot run.',
    cure: 'Start a process that serves the lane and imports the module that defines it.',
  });
  expect(await comes('codec-unknown')).toMatchObject({
    ...{ ...at, name: 'alarms.money', job: money?.id },
    says: expect.stringContaining('knows the codec alarms.money: 1 job cannot run.') as string,
  });
});

it('Q6, I3 a lane of recovery that nobody serves is an alarm, with a cure of its own', async () => {
  const { view, start, comes } = fleet('orphaned');
  const { worker } = start('orphaned');
  await view.queue('orphaned').put(neverEnds.job());
  await worker.event('started');
  await worker.end('SIGKILL');
  // It finds the other one dead, and does not serve its queue.
  start('other');
  expect(await comes('lane-unserved')).toMatchObject({
    ...{ queue: 'orphaned', lane: 'system', due: 1 },
    says: expect.stringMatching(
      /^No dispatcher of the queue orphaned is active, and recovery waits for one: 1 job is due/,
    ) as string,
    cure: 'Start a dispatcher that serves the queue orphaned.',
  });
});

it('D2 a dispatcher whose jobs nobody is left to interrupt is an alarm', async () => {
  const { view, start, comes } = fleet('half');
  const { worker, uuid } = start('half');
  await view.queue('half').put(neverEnds.job());
  await worker.event('started');
  await worker.end('SIGKILL');
  // It finds the other one dead, and dies before it has interrupted the job.
  const { worker: sibling } = start('half', 'interrupt.after-cleaning');
  await sibling.program.exited;
  expect(await comes('dispatcher-dead', { dispatcher: uuid } as Partial<Alarm>)).toMatchObject({
    status: 'cleaning',
    says: expect.stringContaining('has ended, and its jobs are not all interrupted') as string,
    cure: 'Start a dispatcher under this prefix: it interrupts the jobs that this one has held.',
  });
});
