// A callback in the timeline.
import type { JobName, JobRow } from '@drover/monitor';
import { Badge } from '../../parts/badge.js';
import { JobLink } from '../../parts/links.js';

export function CallbackStep({ of, job }: { of: JobName; job: JobRow | undefined }) {
  return (
    <>
      <JobLink id={of.id} queue={of.queue} /> {job && <Badge of={job.outcome ?? job.status} />}
    </>
  );
}
