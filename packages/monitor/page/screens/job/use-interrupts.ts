// The interrupts of a job: recovery's own jobs about it. It looks again where there is a new one,
// and until all are decided.
import type { JobRow, JobView } from '@drover/monitor';
import { useEffect, useState } from 'preact/hooks';
import { about } from '../../api/about.js';
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';

/** The oldest first; none where values are redacted, since a filter by text is refused then. */
export function useInterrupts({ id, queue, interruptions }: JobView): readonly JobRow[] {
  const [areOpen, setOpen] = useState(true);
  const mayLook = interruptions > 0 && about.value?.redacted === false;
  const read = mayLook ? reads.interruptsOf(id, queue) : undefined;
  const { data } = useRead(read, areOpen, interruptions);
  useEffect(() => {
    setOpen(data?.jobs.every(({ status }) => status === 'completed') !== true);
  }, [data, interruptions]);
  return [...(data?.jobs ?? [])].reverse();
}
