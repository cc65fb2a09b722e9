// An interrupt in the timeline: the job that decides about it (I3).
import type { JobRow } from '@drover/monitor';
import { Badge } from '../../parts/badge.js';
import { DispatcherLink, JobLink } from '../../parts/links.js';

export function InterruptStep({ of }: { of: JobRow }) {
  const isDecided = of.status === 'completed';
  return (
    <>
      {isDecided ? 'decided by ' : 'to be decided by '}
      <JobLink id={of.id} queue={of.queue} />
      {of.dispatcher !== undefined && (
        <>
          {' '}
          on dispatcher <DispatcherLink uuid={of.dispatcher} />
        </>
      )}{' '}
      {!isDecided && <Badge of={of.status} />}
    </>
  );
}
