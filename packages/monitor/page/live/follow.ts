// Keeps the state of the fleet up to date while somebody looks at the page.
import { tellTime } from './fleet.js';
import { openStream } from './stream.js';
import { startPolling } from './polling.js';

/** Ms. A stream that was refused is tried again so much later. */
const TRY_STREAM = 60_000;

/** A hidden page costs Redis nothing. */
export function follow(): void {
  let stop = document.hidden ? () => {} : start();
  document.addEventListener('visibilitychange', () => {
    stop();
    stop = document.hidden ? () => {} : start();
  });
  setInterval(tellTime, 1_000);
}

function start(): () => void {
  let stopPolling = (): void => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (): (() => void) => {
    stopPolling();
    return openStream(() => {
      stopPolling = startPolling();
      timer = setTimeout(() => (closeStream = open()), TRY_STREAM);
    });
  };
  let closeStream = open();
  return () => {
    clearTimeout(timer);
    closeStream();
    stopPolling();
  };
}
