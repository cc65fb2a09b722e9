// Pauses a queue, and lets it go on (O2). Each lane is paused as BullMQ pauses one.
import type { QueueDeps } from '../queue-access.js';
import { runScript } from '../scripts/run-script.js';
import { ownLanes } from './steps.js';

/** Pauses all lanes but the system lane. */
export async function pauseLanes({ client, keys }: QueueDeps): Promise<void> {
  await runScript(client, 'pause', [keys.pausedAt], [keys.queueBase]);
}

/** Lets all lanes go on, whichever program has paused them. */
export async function resumeLanes({ client, keys }: QueueDeps): Promise<void> {
  while ((await runScript(client, 'resume', [keys.pausedAt], [keys.queueBase])) !== 1);
}

/** Whether all lanes but the system lane are paused, by whichever program. */
export async function arePaused(deps: QueueDeps): Promise<boolean> {
  const lanes = await ownLanes(deps);
  const look = (lane: (typeof lanes)[number]) => deps.client.hexists(lane.list('meta'), 'paused');
  return (await Promise.all(lanes.map(look))).every((paused) => paused === 1);
}
