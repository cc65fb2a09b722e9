// A dispatcher that owned very much dies: how long until a sibling has all of it going again, and
// how long Redis was held up by that.
import { parallel } from '@drover/composite';
import { Queue } from '@drover/core';
import { MAIN_LANE, SYSTEM_LANE } from '@drover/core/internal';
import { DispatcherKeys, LaneKeys } from '#kit/store';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { longest, readLatencies, readSlowLog, slowTable, startSlowLog } from '../slow-log.js';
import { hold } from '../tasks.js';
import { WorkerProcess } from '../workers.js';
import type { Place, Result, Scenario } from './scenario.js';

const QUEUE = 'recovery';
/** Where the parts of the composites stand: no agent serves it. */
const UNSERVED = 'unserved';
/** Ms for which Redis may be held up at most. */
const MOST = 20;
/** Between looks at what no event tells. */
const LOOK = 20;

export const recovery: Scenario = {
  name: 'recovery',
  about:
    'a dispatcher that owns active jobs and waiting composites is killed, and a sibling takes over',
  sizes: {
    jobs: { about: 'active jobs', full: [10_000], quick: [50] },
    composites: { about: 'waiting composites', full: [1_000], quick: [5] },
    death: { about: 'deathInterval in ms', full: [10_000], quick: [500] },
  },
  measure,
};

async function measure(place: Place): Promise<Result> {
  const { url, client, prefix, size, tell } = place;
  const [jobs, composites] = [size('jobs'), size('composites')];
  const queue = new Queue(QUEUE, { connection: url, prefix });
  const [owner, sibling] = [randomUUID(), randomUUID()];
  await startSlowLog(client);

  const ownerProcess = startWorker(place, owner);
  await queue.putAll(
    Array.from({ length: composites }, () => parallel([hold.job().with({ lane: UNSERVED })])),
  );
  await queue.putAll(Array.from({ length: jobs }, () => hold.job()));
  await ownerProcess.told('started', jobs + composites);
  await until(async () => (await owned(place, owner)) === composites);
  tell(`a process runs ${jobs} jobs, and owns ${composites} waiting composites`);
  const siblingProcess = startWorker(place, sibling);
  await siblingProcess.told('activated');
  const before = await readSlowLog(client);

  await startSlowLog(client);
  const cpuBefore = await place.redis.cpuSeconds();
  await ownerProcess.kill();
  const diedAt = await siblingProcess.told('died');
  const seenAt = performance.now();
  const interruptedAt = siblingProcess.told('interrupted', jobs + composites);
  const startedAt = siblingProcess.told('started', jobs);
  const resumed = until(async () => (await owned(place, sibling)) === composites).then(() =>
    performance.now(),
  );
  const interruptedIn = (await interruptedAt) - diedAt;
  const startedIn = (await startedAt) - diedAt;
  const resumedIn = (await resumed) - seenAt;
  await until(async () => (await client.llen(systemLane(place).list('active'))) === 0);
  const cpu = (await place.redis.cpuSeconds()) - cpuBefore;
  const slow = await readSlowLog(client);
  const latencies = await readLatencies(client);
  await siblingProcess.kill();
  await queue.close();

  const most = longest(slow);
  const mostBefore = longest(before);
  return {
    tables: [
      {
        title: 'Since the sibling declared it dead',
        columns: ['', 'ms'],
        rows: [
          [`all ${jobs + composites} are interrupted`, interruptedIn],
          [`all ${jobs} jobs run again, in the sibling`, startedIn],
          [`all ${composites} composites wait on, owned by the sibling`, resumedIn],
          ['CPU of Redis, from the kill on', cpu * 1_000],
        ],
      },
      slowTable('What took Redis over 1 ms, from the kill on', slow),
      slowTable(
        'What took Redis over 1 ms before, while all was put, scheduled and claimed',
        before,
      ),
      {
        title: "Redis's latency monitor, from the kill on",
        columns: ['event', 'longest, ms'],
        rows: Object.entries(latencies),
      },
    ],
    verdicts: [
      {
        target: `Redis is never held up for ${MOST} ms by the recovery`,
        measured: `${most.ms} ms at most (${most.command})`,
        holds: most.ms < MOST,
      },
      {
        target: `nor while all was put, scheduled and claimed`,
        measured: `${mostBefore.ms} ms at most (${mostBefore.command})`,
        holds: mostBefore.ms < MOST,
      },
    ],
  };
}

function startWorker({ url, prefix, size }: Place, uuid: string): WorkerProcess {
  const deathInterval = size('death');
  return new WorkerProcess({
    connection: url,
    prefix,
    uuid,
    deathInterval,
    pingInterval: deathInterval / 5,
    queues: { [QUEUE]: { main: { size: size('jobs') + 1, lanes: [MAIN_LANE] } } },
    tells: ['activated', 'started', 'died', 'interrupted'],
  });
}

/** How many waiting jobs a dispatcher owns. */
async function owned({ client, prefix }: Place, uuid: string): Promise<number> {
  return await client.zcard(new DispatcherKeys(prefix).owned(uuid));
}

function systemLane({ prefix }: Place): LaneKeys {
  return new LaneKeys(prefix, QUEUE, SYSTEM_LANE);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(LOOK);
}
