// One queue, with its jobs.
import { reads } from '../../api/reads.js';
import { status } from '../../live/fleet.js';
import { useRead } from '../../live/use-read.js';
import { JobTable } from '../../parts/job-table.js';
import { LookedAt } from '../../parts/looked.js';
import { Pager } from '../../parts/pager.js';
import { Heading } from '../../parts/panel.js';
import { Tabs } from '../../parts/tabs.js';
import { Text } from '../../parts/text.js';
import { href, hrefWith, type Route } from '../../route/route.js';
import { PauseButton } from './pause.js';

const STATES = ['pending', 'active', 'callbacks', 'succeeded', 'failed'] as const;

export function QueueScreen(at: Route) {
  const { text, start, state = 'pending' } = at.query;
  const name = at.path[1] ?? '';
  const looked = useRead(reads.jobs(name, { status: state, text, start }));
  const queue = status.value?.queues.find((one) => one.name === name);
  return (
    <>
      <Heading
        more={
          <>
            <a href={href(['queues', name, 'settings'])}>Quotas and schedules</a>
            {queue && <PauseButton of={queue} />}
          </>
        }
      >
        <Text of={name} />
      </Heading>
      <Tabs
        label="States of jobs"
        open={state}
        tabs={STATES.map((key) => ({
          key,
          name: key,
          href: hrefWith(at, { state: key, start: undefined }),
          count: queue?.[key],
        }))}
      />
      <LookedAt at={looked}>
        {({ jobs, ...page }) => (
          <>
            <JobTable of={jobs} />
            <Pager
              {...page}
              shown={jobs.length}
              hrefOf={(next) => hrefWith(at, { start: String(next) })}
            />
          </>
        )}
      </LookedAt>
    </>
  );
}
