// Facts of the job: where it belongs, its options, and what is counted of it.
import type { JobView } from '@drover/monitor';
import { span } from '../../../src/text/words.js';
import { Facts, type Fact } from '../../parts/facts.js';
import { QueueLink, TaskLink } from '../../parts/links.js';
import { Panel } from '../../parts/panel.js';
import { Json, Text } from '../../parts/text.js';
import { Moment } from '../../parts/time.js';
import { href } from '../../route/route.js';

export function JobFacts({ of: job }: { of: JobView }) {
  const { meta, policyData, schedule, parent, queue, lane } = job;
  return (
    <Panel title="Facts">
      <Facts
        of={[
          ['Queue', <QueueLink name={queue} />],
          ['Lane', <Text of={lane} />],
          ['Part or callback of', parent && <TaskLink of={parent} />],
          ['Runs begun', job.attempts],
          ['Retries after errors', job.retries],
          ['Interruptions', job.interruptions],
          ['Fence', job.fence],
          ['Schedule', schedule && <ScheduleLink queue={queue} of={schedule} />],
          ...optionsOf(job),
        ]}
      />
      {Object.keys(meta).length > 0 && <Named name="Meta" of={meta} />}
      {Object.keys(policyData).length > 0 && <Named name="Data of its policy" of={policyData} />}
    </Panel>
  );
}

function ScheduleLink({ queue, of }: { queue: string; of: NonNullable<JobView['schedule']> }) {
  return (
    <>
      <a href={href(['queues', queue, 'settings'])}>
        <Text of={of.name} />
      </a>
      , for <Moment at={of.time} />
    </>
  );
}

function Named({ name, of }: { name: string; of: object }) {
  return (
    <details class="named">
      <summary>{name}</summary>
      <Json of={of} />
    </details>
  );
}

/** Options that other facts show. */
const SHOWN = new Set(['meta', 'lane', 'schedule']);
const NAMES: Readonly<Record<string, string>> = {
  ...{ retryPolicy: 'Retry policy', beginAfter: 'Begins after', beginBy: 'Begins by, at most' },
  ...{ timeout: 'Timeout of a run', quotas: 'Quotas', rateLimits: 'Rate limits' },
  ...{ priority: 'Priority', key: 'Key', whenTaken: 'Where its key is taken' },
  ...{ until: 'Its key is free', failureLogLevel: 'Logs its failure at' },
};

function optionsOf({ options, queue }: JobView): Fact[] {
  return Object.entries(options)
    .filter(([name]) => !SHOWN.has(name))
    .map(([name, value]): Fact => [
      NAMES[name] ?? name,
      <Option name={name} of={value} queue={queue} />,
    ]);
}

function Option({ name, of, queue }: { name: string; of: unknown; queue: string }) {
  const isLimits = name === 'quotas' || name === 'rateLimits';
  if (isLimits && Array.isArray(of))
    return (
      <a href={href(['queues', queue, 'settings'])}>
        <Text of={of.join(', ')} />
      </a>
    );
  if (name === 'beginAfter' && typeof of === 'number' && of > 0) return <Moment at={of} />;
  if ((name === 'beginBy' || name === 'timeout') && typeof of === 'number') return <>{span(of)}</>;
  return <Text of={typeof of === 'string' ? of : JSON.stringify(of)} />;
}
