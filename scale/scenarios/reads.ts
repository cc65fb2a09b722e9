// Reads, and calls on many jobs, in a queue with very many jobs and under very many dispatchers:
// what each costs, and for how long it holds up Redis.
import { median, percentile } from '#bench/statistics.js';
import { Dispatchers, Queue } from '@drover/core';
import { MAIN_LANE } from '@drover/core/internal';
import { randomUUID } from 'node:crypto';
import { changesOf, readsOf } from '../reads/calls.js';
import { byCommand, costOf, weigh, type Call, type Cost } from '../reads/cost.js';
import { ACTIVE, BUSY, fill, OTHER } from '../reads/fill.js';
import { round } from '../report.js';
import { scriptNames } from '../script-names.js';
import { SentCommands, type Spent } from '../sent-commands.js';
import { startFleet, WorkerProcess } from '../workers.js';
import type { Place, Result, Scenario, Table, Verdict } from './scenario.js';

const QUEUE = 'reads';
/** Ms of a core for which a command may hold up Redis at most. */
const MOST = 20;
const INTERVAL = 2_000;
/** Of the steps of a drain. */
const SHARES = [0.9, 0.99, 0.999];
/** Ms: the processes share two cores with others. */
const DEATH = 60_000;

export const reads: Scenario = {
  name: 'reads',
  about:
    'a queue has jobs in every situation; an ordinary producer calls all that reads, and what changes many jobs, while many dispatchers ping',
  sizes: {
    jobs: { about: 'in all, with parts', full: [1_000_000], quick: [1_000] },
    dispatchers: { about: 'that are simulated', full: [1_000], quick: [10] },
  },
  measure,
};

async function measure(place: Place): Promise<Result> {
  const { url, prefix, size, tell } = place;
  const sent = new SentCommands(await place.redis.pid(), await scriptNames());
  const queue = new Queue(QUEUE, { connection: url, prefix });
  const fleet = new Dispatchers({ connection: url, prefix });
  const uuid = randomUUID();
  const worker = startWorker(place, uuid);
  await worker.told('activated');
  const startedAt = performance.now();
  const filled = await fill(place, queue, worker, uuid);
  const endFleet = await startFleet({
    ...{ url, prefix, dispatchers: size('dispatchers'), interval: INTERVAL, deathInterval: DEATH },
    about: {
      agents: [{ queue: QUEUE, name: 'main', size: 10, lanes: [OTHER], threads: false }],
      tasks: Array.from({ length: 20 }, (_, i) => `scale.task-${i}`),
    },
  });
  const counts = await queue.counts();
  tell(`filled in ${Math.round((performance.now() - startedAt) / 1_000)} s`);

  const costsOf = async (calls: readonly Call[]): Promise<Cost[]> => {
    const costs: Cost[] = [];
    for (const call of calls) {
      const cost = await costOf(sent, call);
      costs.push(cost);
      tell(`${cost.name}: ${round(cost.ms)} ms, ${cost.commands} commands`);
    }
    return costs;
  };
  const ofReads = await costsOf(readsOf(place, queue, { fleet, uuid }, filled));
  const ofChanges = await costsOf(changesOf(queue));
  const drainedAt = performance.now();
  const ofDrain = await weigh(sent, () => queue.drain());
  tell(`drained in ${Math.round((performance.now() - drainedAt) / 1_000)} s`);
  const left = await queue.counts();

  await endFleet();
  await worker.kill();
  await fleet.close();
  await queue.close();
  return toResult({ ofReads, ofChanges, ofDrain, counts, left });
}

function startWorker({ url, prefix }: Place, uuid: string): WorkerProcess {
  return new WorkerProcess({
    connection: url,
    prefix,
    uuid,
    deathInterval: DEATH,
    pingInterval: INTERVAL,
    queues: {
      [QUEUE]: {
        main: { size: 100, lanes: [MAIN_LANE, OTHER] },
        busy: { size: ACTIVE, lanes: [BUSY] },
      },
    },
    keepCompleted: { age: 24 * 3_600_000, count: 10_000_000 },
    tells: ['activated', 'started', 'completed', 'failed'],
  });
}

type Counts = Awaited<ReturnType<Queue['counts']>>;

interface Seen {
  ofReads: readonly Cost[];
  ofChanges: readonly Cost[];
  ofDrain: readonly Spent[];
  counts: Counts;
  left: Counts;
}

const NUMBERS = [
  ...(['due', 'delayed', 'waitingForQuota', 'active'] as const),
  ...(['succeeded', 'failed', 'setAside'] as const),
];

function toResult({ ofReads, ofChanges, ofDrain, counts, left }: Seen): Result {
  return {
    tables: [
      {
        title: 'The queue',
        columns: ['jobs', 'filled', 'after the drain'],
        rows: NUMBERS.map((name) => [name, counts[name], left[name]]),
      },
      toTable('Reads', ofReads),
      toTable('Calls on many jobs', ofChanges),
      toDrainTable(ofDrain),
    ],
    verdicts: [
      toVerdict('a read', ofReads),
      toVerdict('a call on many jobs', ofChanges),
      toDrainVerdict(ofDrain),
    ],
  };
}

function toTable(title: string, costs: readonly Cost[]): Table {
  return {
    title,
    columns: ['call', 'answered after, ms', 'commands', 'longest: CPU of Redis, ms', 'which'],
    rows: costs.map(({ name, ms, commands, longest }) => [
      ...([name, ms, commands] as [string, number, number]),
      ...[longest.ms, longest.command],
    ]),
  };
}

function toVerdict(what: string, costs: readonly Cost[]): Verdict {
  const most = costs.map(({ longest }) => longest).reduce((a, b) => (b.ms > a.ms ? b : a));
  return {
    target: `${what} never takes ${MOST} ms of Redis at a stretch`,
    measured: `${round(most.ms)} ms at most (${most.command})`,
    holds: most.ms < MOST,
  };
}

/** It is weighed once: some commands have the time of other clients, too. */
function toDrainTable(spent: readonly Spent[]): Table {
  return {
    title: 'queue.drain(): CPU of Redis, ms',
    columns: [
      'command',
      'how many',
      'median',
      ...SHARES.map((share) => `${share * 100} %`),
      'longest',
    ],
    rows: [...byCommand(spent)].map(([command, ms]) => [
      ...([command, ms.length, median(ms)] as [string, number, number]),
      ...SHARES.map((share) => percentile(ms, share)),
      Math.max(...ms),
    ]),
  };
}

function toDrainVerdict(spent: readonly Spent[]): Verdict {
  const [, , share = 1] = SHARES;
  const ms = percentile(
    spent.map((one) => one.ms),
    share,
  );
  return {
    target: `of the steps of a drain ${share * 100} % take less than ${MOST} ms of Redis`,
    measured: `${round(ms)} ms`,
    holds: ms < MOST,
  };
}
