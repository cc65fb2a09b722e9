// The alarms: what is wrong, and what to do about it.
import type { Alarm } from '@drover/monitor';
import { counted } from '../../../src/text/words.js';
import { DispatcherLink, JobLink } from '../../parts/links.js';
import { Text } from '../../parts/text.js';
import { href } from '../../route/route.js';

export function Alarms({ of }: { of: readonly Alarm[] }) {
  return (
    <section
      class={of.length > 0 ? 'alarms' : 'alarms fine'}
      aria-live="polite"
      aria-label="Alarms"
    >
      {of.length === 0 ? (
        <p>No alarm.</p>
      ) : (
        <>
          <h2>{counted(of.length, 'alarm')}</h2>
          <ul>
            {of.map((alarm) => (
              <li key={alarm.says.replace(/\d+/g, '')}>
                <p>
                  <Text of={alarm.says} /> <Place of={alarm} />
                </p>
                <p class="cure">
                  <Text of={alarm.cure} />
                </p>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Where to look. */
function Place({ of }: { of: Alarm }) {
  switch (of.kind) {
    case 'lane-unserved':
      return <a href={href(['queues', of.queue], { state: 'due', lane: of.lane })}>See the jobs</a>;
    case 'dispatcher-dead':
      return <DispatcherLink uuid={of.dispatcher} />;
    case 'task-unknown':
    case 'policy-unknown':
    case 'codec-unknown':
      return <JobLink id={of.job} queue={of.queue} />;
    case 'set-aside':
      return <a href={href(['queues', of.queue], { state: 'set-aside' })}>See them</a>;
    case 'quota-stuck':
      return <a href={href(['queues', of.queue, 'settings'])}>See the quota</a>;
    case 'eviction':
      return null;
  }
}
