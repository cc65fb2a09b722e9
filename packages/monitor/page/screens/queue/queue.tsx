// One queue: its jobs by what they do, with filters and actions, and its dead letters.
import { status } from '../../live/fleet.js';
import { Badge } from '../../parts/badge.js';
import { Heading } from '../../parts/panel.js';
import { Tabs } from '../../parts/tabs.js';
import { Text } from '../../parts/text.js';
import { href, hrefWith, type Route } from '../../route/route.js';
import { Jobs } from './jobs.js';
import { Letters } from './letters.js';
import { PauseButton } from './pause.js';
import { SET_ASIDE, stateOf, STATES } from './states.js';

export function QueueScreen(at: Route) {
  const name = at.path[1] ?? '';
  const state = stateOf(at.query['state']);
  const queue = status.value?.queues.find((one) => one.name === name);
  return (
    <>
      <Heading
        more={
          <>
            <a href={href(['queues', name, 'settings'])}>Quotas, limits, schedules</a>
            {queue && <PauseButton of={queue} />}
          </>
        }
      >
        <Text of={name} /> {queue?.paused && <Badge of="paused" />}
      </Heading>
      <Tabs
        label="States of jobs"
        open={state.key}
        tabs={STATES.map(({ key, name: title, count }) => ({
          ...{ key, name: title, count: queue && count(queue) },
          href: hrefWith(at, { state: key, start: undefined }),
        }))}
      />
      <p class="faint">{state.says}</p>
      {state.key === SET_ASIDE ? (
        <Letters at={at} queue={name} />
      ) : (
        <Jobs key={state.key} at={at} queue={name} state={state} />
      )}
    </>
  );
}
