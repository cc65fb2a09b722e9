// Pauses a queue, and lets it go on (O2). Each lane is paused as BullMQ pauses one.
import { SYSTEM_LANE } from '../../../lib/names.js';
import { lanesOf } from '../put/lanes.js';
import type { QueueDeps } from '../queue-access.js';
import { runScript } from '../scripts/run-script.js';

/** Pauses all lanes but the system lane. */
export async function pauseLanes({ client, keys }: QueueDeps): Promise<void> {
  await runScript(client, 'pause', [keys.pausedAt], [keys.queueBase]);
}

/** Lets all lanes go on, whichever program has paused them. */
export async function resumeLanes({ client, keys }: QueueDeps): Promise<void> {
  while ((await runScript(client, 'resume', [keys.pausedAt], [keys.queueBase])) !== 1);
}

/** Whether all lanes but the system lane are paused, by whichever program. */
export async function arePaused({ client, keys }: QueueDeps): Promise<boolean> {
  const lanes = await lanesOf(client, keys.prefix, keys.queue);
  const own = lanes.filter((lane) => lane !== SYSTEM_LANE).map((lane) => keys.sibling(lane));
  const found = await Promise.all(own.map((lane) => client.hexists(lane.list('meta'), 'paused')));
  return found.every((paused) => paused === 1);
}
