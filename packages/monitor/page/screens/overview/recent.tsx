// What has happened last, where the monitor streams events.
import { events } from '../../live/fleet.js';
import { Panel } from '../../parts/panel.js';
import { Text } from '../../parts/text.js';
import { Moment } from '../../parts/time.js';
import { JobLink } from '../../parts/links.js';

export function Recent() {
  const shown = events.value;
  if (shown.length === 0) return null;
  return (
    <Panel title="Failures, deaths and pauses since this page was opened">
      <ol class="recent">
        {shown.map(({ at, says, job, queue }) => (
          <li key={`${at} ${says}`}>
            <Moment at={at} /> <Text of={says} /> {job && <JobLink id={job} queue={queue} />}
          </li>
        ))}
      </ol>
    </Panel>
  );
}
