// What a dispatcher runs, or owns while it waits, since when.
import type { JobRow } from '@drover/monitor';
import { Badge } from '../../parts/badge.js';
import { QueueLink, TaskLink } from '../../parts/links.js';
import { Panel } from '../../parts/panel.js';
import { Table, type Column } from '../../parts/table.js';
import { Text } from '../../parts/text.js';
import { Age } from '../../parts/time.js';

const COLUMNS: readonly Column<JobRow>[] = [
  { name: 'Job', isHead: true, cell: (job) => <TaskLink of={job} /> },
  { name: 'Queue', cell: ({ queue }) => <QueueLink name={queue} /> },
  { name: 'Lane', cell: ({ lane }) => <Text of={lane} /> },
  { name: 'Status', cell: ({ status }) => <Badge of={status} /> },
  { name: 'Since', isNumber: true, cell: ({ times }) => <Age of={times.started} /> },
  { name: 'Runs', isNumber: true, cell: ({ attempts }) => attempts },
  { name: 'Interrupts', isNumber: true, cell: ({ interruptions }) => interruptions },
];

export function Running({ of }: { of: readonly JobRow[] }) {
  return (
    <Panel title="Jobs that it holds">
      <Table
        label="Jobs that it holds"
        columns={COLUMNS}
        rows={of}
        keyOf={({ id }) => id}
        none="It holds no job."
      />
    </Panel>
  );
}
