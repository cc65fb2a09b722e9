// The thread that pings: it has a connection of its own, and watches the main loop through shared memory (D2, D3).
import { parentPort, workerData } from 'node:worker_threads';
import { clientSettings, connect, DispatcherStore } from '@drover/core/internal/heartbeat';
import { LeaseSlot, type HeartbeatData, type HeartbeatMessage } from './heartbeat-messages.js';

const { place, prefix, uuid, epoch, pingInterval, deathInterval, maxBlock, memory } = workerData as HeartbeatData;
const shared = new BigInt64Array(memory);
const NS_PER_MS = 1_000_000n;

const tell = (message: HeartbeatMessage): void => parentPort?.postMessage(message);
const settings = { ...clientSettings.dispatcher, commandTimeout: pingInterval };
const client = connect(place, settings, (error) => tell({ error: error.message }));
const store = new DispatcherStore(client, prefix);

/** Without a ping for so long, siblings may have been without one for a death interval. */
const LONG_GAP = BigInt(Math.round(Math.max(1.5 * pingInterval, deathInterval - 2 * pingInterval))) * NS_PER_MS;

/** When pings came through again after a long gap: siblings may have had no better luck meanwhile. */
let backSince: bigint | undefined;
let told = false;

/** Others are found dead only by one who has had Redis for longer than they can have been without it. */
function mayJudge(now: bigint): boolean {
  return backSince === undefined || now - backSince > BigInt(deathInterval) * NS_PER_MS;
}

async function beat(): Promise<void> {
  const sentAt = process.hrtime.bigint();
  const blockedFor = sentAt - Atomics.load(shared, LeaseSlot.MAIN_BEAT);
  if (blockedFor > BigInt(maxBlock) * NS_PER_MS) return tell({ blocked: Number(blockedFor / NS_PER_MS) });
  try {
    const reply = await store.ping(uuid, epoch);
    if ('deposed' in reply) {
      Atomics.store(shared, LeaseSlot.DEPOSED, 1n);
      clearInterval(timer);
      client.disconnect();
      return tell({ deposed: true });
    }
    if (sentAt - Atomics.load(shared, LeaseSlot.LAST_PING) > LONG_GAP) backSince = sentAt;
    // From when it was sent: Redis counts from later, so that the lease never seems longer here than there.
    Atomics.store(shared, LeaseSlot.LAST_PING, sentAt);
    if (!told) tell({ alive: true });
    told = true;
    if (reply.overdue.length > 0 && mayJudge(sentAt)) tell({ overdue: reply.overdue });
  } catch (error) {
    tell({ error: `ping: ${(error as Error).message}` });
  }
}

const timer = setInterval(() => void beat(), pingInterval);
void beat();
