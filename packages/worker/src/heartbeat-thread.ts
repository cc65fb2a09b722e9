// The heartbeat thread: it pings on a connection of its own, and stops while the main loop is
// blocked, which it sees in shared memory (D2, D3).
import { parentPort, workerData } from 'node:worker_threads';
import {
  clientSettings,
  connect,
  DispatcherStore,
  saidBy,
  classifyRedisError,
} from '@drover/core/internal/heartbeat';
import {
  blockedFor,
  LeaseSlot,
  NS_PER_MS,
  toMs,
  type HeartbeatData,
  type HeartbeatMessage,
  type RunningMessage,
} from './liveness/heartbeat-messages.js';
import { FailureDetector } from './liveness/failure-detector.js';

const data = workerData as HeartbeatData;
const { target, prefix, uuid, epoch, activatedAt, pingInterval, deathInterval, maxBlock, memory } =
  data;
const shared = new BigInt64Array(memory);

const post = (message: HeartbeatMessage): void => parentPort?.postMessage(message);
// A connection that died silently is replaced within a death interval, so that a ping on the next
// one still renews the lease.
const silentAfter = Math.min(
  clientSettings.dispatcher.silentAfter,
  Math.max(deathInterval / 3, pingInterval),
);
const settings = { ...clientSettings.dispatcher, commandTimeout: pingInterval, silentAfter };
const client = connect(target, settings, (error) =>
  post({ error: saidBy(error), errorClass: classifyRedisError(error) }),
);
const store = new DispatcherStore(client, prefix);

// It starts anew: the main loop's first pings do not count.
const failureDetector = new FailureDetector({
  pingInterval,
  deathInterval,
  activatedAt: toMs(activatedAt),
});
let isAliveSent = false;
let { running } = data;
parentPort?.on('message', (message: RunningMessage) => ({ running } = message));
// The thread ends when it pings no more.
parentPort?.unref();

async function beat(): Promise<void> {
  const sentAt = process.hrtime.bigint();
  const lastBeat = Atomics.load(shared, LeaseSlot.MAIN_BEAT);
  const silent = sentAt - lastBeat;
  if (silent > BigInt(maxBlock) * NS_PER_MS) return post({ blocked: toMs(silent) });
  const load = { running, blockedFor: blockedFor(sentAt, lastBeat, data.beatInterval) };
  try {
    const reply = await store.ping(uuid, epoch, load);
    if ('deposed' in reply) {
      Atomics.store(shared, LeaseSlot.DEPOSED, 1n);
      clearInterval(timer);
      client.disconnect();
      return post({ deposed: true });
    }
    const dead = failureDetector.confirmDead(reply.overdue, toMs(sentAt));
    // The time of sending: Redis counts from a later time, so that the lease ends here first.
    Atomics.store(shared, LeaseSlot.LAST_PING, sentAt);
    if (!isAliveSent) post({ alive: true });
    isAliveSent = true;
    if (reply.hasWishes) post({ hasWishes: true });
    if (dead.length > 0) post({ overdue: dead });
  } catch (error) {
    post({ error: `ping: ${saidBy(error as Error)}`, errorClass: classifyRedisError(error) });
  }
}

const timer = setInterval(() => void beat(), pingInterval);
void beat();
