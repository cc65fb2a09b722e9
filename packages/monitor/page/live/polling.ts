// Asks for the status each 2 s, where there is no stream of events.
import { ApiError, ask } from '../api/client.js';
import { reads } from '../api/reads.js';
import { connection, tellStatus, trouble } from './fleet.js';

/** Ms. */
const PAUSE = 2_000;

/** @returns ends it */
export function startPolling(): () => void {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout>;
  const look = async (): Promise<void> => {
    try {
      tellStatus(await ask(reads.status(), stop.signal));
      connection.value = 'polling';
    } catch (error) {
      if (stop.signal.aborted) return;
      connection.value = 'away';
      trouble.value = error instanceof ApiError ? error.message : String(error);
    }
    if (!stop.signal.aborted) timer = setTimeout(() => void look(), PAUSE);
  };
  void look();
  return () => {
    stop.abort();
    clearTimeout(timer);
  };
}
