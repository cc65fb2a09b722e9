// The heartbeat thread: it pings for one lease after the other (D2), as HeartbeatThread orders.
import { parentPort } from 'node:worker_threads';
import { Heartbeat } from './liveness/heartbeat.js';
import type {
  EndedMessage,
  HeartbeatMessage,
  HeartbeatOrder,
} from './liveness/heartbeat-messages.js';

const post = (message: HeartbeatMessage | EndedMessage): void => parentPort?.postMessage(message);
let heartbeat: Heartbeat | undefined;

parentPort?.on('message', (order: HeartbeatOrder) => {
  if ('begin' in order) heartbeat = new Heartbeat(order.begin, post);
  else if ('running' in order) heartbeat && (heartbeat.running = order.running);
  else {
    heartbeat?.end();
    post({ ended: true });
  }
});
