// One job: why it is where it is, its life, its values, and the jobs around it.
import type { JobView } from '@drover/monitor';
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { Badge } from '../../parts/badge.js';
import { LookedAt } from '../../parts/looked.js';
import { Heading } from '../../parts/panel.js';
import { Text } from '../../parts/text.js';
import { href, type Route } from '../../route/route.js';
import { JobActions } from './actions.js';
import { Around } from './around.js';
import { JobFacts } from './facts.js';
import { Gone } from './gone.js';
import { Timeline } from './timeline.js';
import { useInterrupts } from './use-interrupts.js';
import { Values } from './values.js';
import { Why } from './why.js';

export function JobScreen({ path: [, id = ''], query: { queue } }: Route) {
  const looked = useRead(reads.job(id, queue));
  const job = looked.data;
  return (
    <>
      <Heading
        more={
          <>
            <a href={href(['jobs', id, 'tree'], { queue: job?.queue ?? queue })}>Tree</a>
            {job && !looked.problem && <JobActions of={job} after={looked.again} />}
          </>
        }
      >
        <Text of={job?.task ?? 'Job'} />{' '}
        {job && <Badge of={isInterrupted(job) ? 'interrupted' : (job.outcome ?? job.status)} />}
      </Heading>
      <p class="job-id">
        <code>
          <Text of={id} />
        </code>
      </p>
      {looked.problem?.status === 404 && queue !== undefined && <Gone id={id} queue={queue} />}
      <LookedAt at={looked}>{(found) => <Found job={found} />}</LookedAt>
    </>
  );
}

function Found({ job }: { job: JobView }) {
  const { id, queue } = job;
  const tree = useRead(reads.tree(id, { queue, most: '10', deep: '1' }));
  const interrupts = useInterrupts(job);
  return (
    <>
      <Why of={job.why} />
      <div class="columns">
        <div class="column">
          <Timeline of={job} tree={tree.data} interrupts={interrupts} />
          <JobFacts of={job} />
          {tree.data && <Around of={tree.data} />}
        </div>
        <div class="column">
          <Values of={job} />
        </div>
      </div>
    </>
  );
}

/** Its dispatcher has ended, and nothing is decided about it. */
function isInterrupted({ why }: JobView): boolean {
  return why.reason === 'interrupt-pending' || why.reason === 'dispatcher-gone';
}
