// The heartbeat thread: it pings for all leases of its process (D2), as ThreadHeartbeat orders.
import { parentPort } from 'node:worker_threads';
import { Heartbeat } from './liveness/heartbeat.js';
import type { HeartbeatOrder, HeartbeatReport } from './liveness/heartbeat-messages.js';

const heartbeats = new Map<number, Heartbeat>();

parentPort?.on('message', (order: HeartbeatOrder) => {
  const { lease } = order;
  const post = (message: HeartbeatReport['message']): void =>
    parentPort?.postMessage({ lease, message } satisfies HeartbeatReport);
  const heartbeat = heartbeats.get(lease);
  if ('begin' in order) heartbeats.set(lease, new Heartbeat(order.begin, post));
  else if ('running' in order) heartbeat && (heartbeat.running = order.running);
  else {
    heartbeat?.end();
    heartbeats.delete(lease);
    post({ ended: true });
  }
});
