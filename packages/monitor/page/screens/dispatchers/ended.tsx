// Dispatchers that were deactivated: their records go after a while, or can be forgotten.
import type { DispatcherState } from '@drover/monitor';
import { DispatcherLink } from '../../parts/links.js';
import { Panel } from '../../parts/panel.js';
import { Table, type Column } from '../../parts/table.js';
import { Text } from '../../parts/text.js';
import { Ago } from '../../parts/time.js';
import { ForgetButton } from './forget.js';

interface EndedTableProps {
  of: readonly DispatcherState[];
  /** Called when one was forgotten. */
  after: () => void;
}

export function EndedTable({ of, after }: EndedTableProps) {
  if (of.length === 0) return null;
  return (
    <Panel title="Deactivated">
      <Table
        label="Deactivated dispatchers"
        columns={columnsOf(after)}
        rows={of}
        keyOf={({ uuid }) => uuid}
      />
    </Panel>
  );
}

function columnsOf(after: () => void): readonly Column<DispatcherState>[] {
  return [
    { name: 'Dispatcher', isHead: true, cell: ({ uuid }) => <DispatcherLink uuid={uuid} /> },
    { name: 'Process', cell: ({ host, pid }) => <Text of={`${host}:${pid}`} /> },
    { name: 'Epoch', isNumber: true, cell: ({ epoch }) => epoch },
    { name: 'Last ping', cell: ({ lastPing }) => <Ago at={lastPing} /> },
    { name: '', cell: ({ uuid }) => <ForgetButton uuid={uuid} after={after} /> },
  ];
}
