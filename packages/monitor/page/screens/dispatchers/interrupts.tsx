// The interrupts of the last day: what was interrupted, and what was decided about it (I3).
import type { Interrupt, Interrupts } from '@drover/monitor';
import { Badge } from '../../parts/badge.js';
import { DispatcherLink, JobLink, QueueLink, TaskLink } from '../../parts/links.js';
import { Panel } from '../../parts/panel.js';
import { Table, type Column } from '../../parts/table.js';
import { Ago } from '../../parts/time.js';

const COLUMNS: readonly Column<Interrupt>[] = [
  { name: 'Job', isHead: true, cell: ({ job }) => <TaskLink of={job} /> },
  { name: 'Queue', cell: ({ job }) => <QueueLink name={job.queue} /> },
  { name: 'When', cell: ({ at }) => <Ago at={at} /> },
  { name: 'Decision', cell: ({ decided }) => <Badge of={decided?.how ?? 'not decided yet'} /> },
  { name: 'Decided on', cell: ({ decided }) => <DispatcherLink uuid={decided?.dispatcher} /> },
  { name: 'By job', cell: ({ by }) => <JobLink id={by.id} queue={by.queue} /> },
];

export function InterruptTable({ of: { interrupts, more } }: { of: Interrupts }) {
  return (
    <Panel title={`Interrupts of the last day: ${interrupts.length}${more ? ' and more' : ''}`}>
      <Table
        label="Interrupts"
        columns={COLUMNS}
        rows={interrupts}
        keyOf={({ by }) => by.id}
        none="No job was interrupted, as far as retention has kept them."
      />
    </Panel>
  );
}
