// Subscribes to a channel, and tries again until that succeeds. On a Cluster, the connection that
// subscribes may not be open yet when the client is ready. A server may also refuse for a while.
import { delayAfter, type BackOff, type RedisClient } from '@drover/core/internal';

/** Between two attempts on the same connection, in ms. */
const BACK_OFF: BackOff = { firstDelay: 50, mostDelay: 2_000 };

/**
 * Subscribes each time that the client is ready. The client must not do so itself
 * (`autoResubscribe: false`).
 * @param onSubscribed called with each subscription
 * @returns a function that ends the attempts
 */
export function subscribe(
  client: RedisClient,
  channel: string,
  onSubscribed: () => void,
): () => void {
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
    if (!isEnded) onSubscribed();
  };
  client.on('ready', () => void attempt(0));
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}
