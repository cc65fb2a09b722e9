// Looks for all that is wrong: in Redis, among the dispatchers, and in a queue.
import type { Queue, RedisFacts } from '@drover/core';
import { counted, span } from '../../text/words.js';
import type { QueueState } from '../queue-state.js';
import { SYSTEM_LANE } from '../../text/recovery-names.js';
import type { DispatcherState } from '../sources.js';
import { alarm, type Alarm } from './alarm.js';
import { stuckQuotas } from './stuck-quotas.js';
import { unknownNeeds } from './unknown-needs.js';

export const alarmsOf = {
  redis(servers: readonly RedisFacts[]): Alarm[] {
    const policy = servers.find(({ evictionPolicy }) => evictionPolicy !== 'noeviction');
    return policy ? [evictionAlarm(policy.evictionPolicy)] : [];
  },

  dispatchers(dispatchers: readonly DispatcherState[]): Alarm[] {
    const isAnyActive = dispatchers.some(({ status }) => status === 'active');
    return dispatchers.flatMap((dispatcher) => deathAlarm(dispatcher, isAnyActive) ?? []);
  },

  /** @param now Redis's clock */
  async queue(queue: Queue, state: QueueState, now: number): Promise<Alarm[]> {
    const [unknown, quotas] = await Promise.all([
      unknownNeeds(queue),
      state.waitingForQuota > 0 ? stuckQuotas(queue) : [],
    ]);
    return [...unservedLanes(state, now), ...unknown, ...setAside(state), ...quotas];
  },
};

function evictionAlarm(policy: string): Alarm {
  return alarm(
    { kind: 'eviction', policy },
    `Redis may evict keys (maxmemory-policy is ${policy}): jobs and locks may be lost.`,
    'Set maxmemory-policy to noeviction in Redis, and give it more memory.',
  );
}

function deathAlarm(dispatcher: DispatcherState, isAnyActive: boolean): Alarm | undefined {
  const { uuid, host, pid, status, pingAge } = dispatcher;
  const isLeft = status === 'cleaning' && !isAnyActive;
  if (status !== 'dead' && !isLeft) return undefined;
  const who = `Dispatcher ${uuid} (host ${host}, pid ${pid})`;
  const what =
    status === 'dead'
      ? 'is dead, and nobody has cleaned up after it'
      : 'has ended, and its jobs are not all interrupted';
  const cure = isAnyActive
    ? 'An active dispatcher finds it within its deathInterval. If this stays, see their logs.'
    : 'Start a dispatcher under this prefix: it interrupts the jobs that this one has held.';
  const facts = { kind: 'dispatcher-dead', dispatcher: uuid, status, pingAge } as const;
  return alarm(facts, `${who} ${what}: its last ping was ${span(pingAge)} ago.`, cure);
}

function unservedLanes({ name: queue, lanes }: QueueState, now: number): Alarm[] {
  const unserved = lanes.filter(({ due, agents }) => due > 0 && agents === 0);
  return unserved.map(({ name: lane, due, oldestDue }) => {
    const facts = { kind: 'lane-unserved', queue, lane, due } as const;
    const since = oldestDue === undefined ? '' : `, the first since ${span(now - oldestDue)}`;
    const where = `the lane ${lane} of the queue ${queue}`;
    const jobs = `${counted(due, 'job')} ${due === 1 ? 'is' : 'are'} due there${since}.`;
    return alarm(
      { ...facts, ...(oldestDue !== undefined && { oldestDue }) },
      lane === SYSTEM_LANE
        ? `No dispatcher of the queue ${queue} is active, and recovery waits for one: ${jobs}`
        : `No active agent serves ${where}: ${jobs}`,
      lane === SYSTEM_LANE
        ? `Start a dispatcher that serves the queue ${queue}.`
        : `Start a dispatcher with an agent for this lane, or give one to a dispatcher that runs: ` +
            `drover agent UUID ${queue} NAME --lanes ${lane} --size 1`,
    );
  });
}

function setAside({ name: queue, setAside: jobs }: QueueState): Alarm[] {
  if (jobs === 0) return [];
  return [
    alarm(
      { kind: 'set-aside', queue, jobs },
      `${counted(jobs, 'job')} of the queue ${queue} ${jobs === 1 ? 'is' : 'are'} set aside as ` +
        'dead letters: no dispatcher can read them.',
      `See why: drover set-aside list ${queue}. Then retry or drop each.`,
    ),
  ];
}
