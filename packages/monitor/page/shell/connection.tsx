// Whether the numbers of the page are fresh.
import { connection, status, trouble } from '../live/fleet.js';
import { Text } from '../parts/text.js';
import { Moment } from '../parts/time.js';

const SAYS = {
  connecting: 'connects …',
  live: 'live',
  polling: 'live, each 2 s',
  away: 'away',
} as const;

export function Connection() {
  const is = connection.value;
  const says = trouble.value;
  return (
    <span class={`connection ${is}`} role="status">
      <span class="dot" aria-hidden="true" />
      {SAYS[is]}
      {is === 'away' && (
        <span class="trouble">
          {says !== undefined && <Text of={says} />}
          {status.value && (
            <>
              {' '}
              Numbers of <Moment at={status.value.now} />.
            </>
          )}
        </span>
      )}
    </span>
  );
}
