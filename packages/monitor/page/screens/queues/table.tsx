// A table of queues, with numbers that lead to their jobs.
import type { QueueState } from '@drover/monitor';
import { Badge } from '../../parts/badge.js';
import { QueueLink } from '../../parts/links.js';
import { Table, type Column } from '../../parts/table.js';
import { Age } from '../../parts/time.js';
import { href, type Query } from '../../route/route.js';

/** @param query of the links to the jobs, beside their state */
export function QueueTable({ of, query = {} }: { of: readonly QueueState[]; query?: Query }) {
  return (
    <Table
      label="Queues"
      columns={columnsOf(query)}
      rows={of}
      keyOf={({ name }) => name}
      none="There is no queue under this prefix: one is there as soon as a job was put."
    />
  );
}

function columnsOf(query: Query): readonly Column<QueueState>[] {
  const numbers = (
    name: string,
    state: string,
    count: (queue: QueueState) => number,
  ): Column<QueueState> => ({
    name,
    isNumber: true,
    cell: (queue) => (
      <a
        class={count(queue) === 0 ? 'zero' : undefined}
        href={href(['queues', queue.name], { ...query, state })}
      >
        {count(queue)}
      </a>
    ),
  });
  return [
    { name: 'Queue', isHead: true, cell: nameCell },
    numbers('Due', 'due', ({ due }) => due),
    { name: 'Late', isNumber: true, cell: ({ oldestDue }) => <Age of={oldestDue} /> },
    numbers('Delayed', 'delayed', ({ delayed }) => delayed),
    numbers('Waiting', 'waiting', ({ waitingForQuota }) => waitingForQuota),
    numbers('Active', 'active', ({ active, callbacks }) => active + callbacks),
    numbers('Interrupted', 'interrupted', ({ interrupted }) => interrupted),
    numbers('Failed', 'failed', ({ failed }) => failed),
    numbers('Set aside', 'set-aside', ({ setAside }) => setAside),
    { name: 'Ended /min', isNumber: true, cell: ({ lastMinute }) => perMinute(lastMinute) },
  ];
}

function nameCell({ name, paused }: QueueState) {
  return (
    <>
      <QueueLink name={name} /> {paused && <Badge of="paused" />}
    </>
  );
}

function perMinute({ succeeded, failed }: QueueState['lastMinute']): number {
  return succeeded + failed;
}
