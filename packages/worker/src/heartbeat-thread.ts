// The thread that pings: it has a connection of its own, and watches the main loop through shared
// memory (D2, D3).
import { parentPort, workerData } from 'node:worker_threads';
import {
  clientSettings,
  connect,
  DispatcherStore,
  saidBy,
  classifyRedisError,
} from '@drover/core/internal/heartbeat';
import {
  LeaseSlot,
  NS_PER_MS,
  toMs,
  type HeartbeatData,
  type HeartbeatMessage,
} from './liveness/heartbeat-messages.js';
import { FailureDetector } from './liveness/failure-detector.js';

const { target, prefix, uuid, epoch, activatedAt, pingInterval, deathInterval, maxBlock, memory } =
  workerData as HeartbeatData;
const shared = new BigInt64Array(memory);

const post = (message: HeartbeatMessage): void => parentPort?.postMessage(message);
// Within a death interval a connection that has died silently is given up, and a ping comes through
// the next one.
const silentAfter = Math.min(
  clientSettings.dispatcher.silentAfter,
  Math.max(deathInterval / 3, pingInterval),
);
const settings = { ...clientSettings.dispatcher, commandTimeout: pingInterval, silentAfter };
const client = connect(target, settings, (error) =>
  post({ error: saidBy(error), errorClass: classifyRedisError(error) }),
);
const store = new DispatcherStore(client, prefix);

// The main loop's first pings say nothing of how long there was no Redis before.
const failureDetector = new FailureDetector({
  pingInterval,
  deathInterval,
  activatedAt: toMs(activatedAt),
});
let told = false;

async function beat(): Promise<void> {
  const sentAt = process.hrtime.bigint();
  const blockedFor = sentAt - Atomics.load(shared, LeaseSlot.MAIN_BEAT);
  if (blockedFor > BigInt(maxBlock) * NS_PER_MS) return post({ blocked: toMs(blockedFor) });
  try {
    const reply = await store.ping(uuid, epoch);
    if ('deposed' in reply) {
      Atomics.store(shared, LeaseSlot.DEPOSED, 1n);
      clearInterval(timer);
      client.disconnect();
      return post({ deposed: true });
    }
    const dead = failureDetector.confirmDead(reply.overdue, toMs(sentAt));
    // From when it was sent: Redis counts from later, so that the lease never seems longer here
    // than there.
    Atomics.store(shared, LeaseSlot.LAST_PING, sentAt);
    if (!told) post({ alive: true });
    told = true;
    if (dead.length > 0) post({ overdue: dead });
  } catch (error) {
    post({ error: `ping: ${saidBy(error as Error)}`, errorClass: classifyRedisError(error) });
  }
}

const timer = setInterval(() => void beat(), pingInterval);
void beat();
