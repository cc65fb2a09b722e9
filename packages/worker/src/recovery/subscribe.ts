// Subscribing to a channel, and trying again until it succeeds: on a Cluster the connection that
// subscribes is another one than those that are ready, and may not be there yet; a server may
// refuse for a while.
import { delayAfter, type BackOff, type RedisClient } from '@drover/core/internal';

/** Between two attempts on the same connection, in ms. */
const BACK_OFF: BackOff = { firstDelay: 50, mostDelay: 2_000 };

/**
 * Subscribes with each connection of a client anew, as soon as it is ready. The client must not do
 * that by itself (`autoResubscribe: false`).
 * @param onHeard what is published is heard from now on only
 * @returns ends the attempts
 */
export function subscribe(client: RedisClient, channel: string, onHeard: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isEnded = false;
  const attempt = async (number: number): Promise<void> => {
    clearTimeout(timer);
    try {
      await client.subscribe(channel);
    } catch {
      if (isEnded) return;
      clearTimeout(timer);
      timer = setTimeout(() => void attempt(number + 1), delayAfter(number, BACK_OFF));
      return;
    }
    if (!isEnded) onHeard();
  };
  client.on('ready', () => void attempt(0));
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}
