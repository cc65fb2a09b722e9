// Dispatchers that were deactivated: their records go after a while, or can be forgotten.
import type { DispatcherState } from '@drover/monitor';
import { DispatcherLink } from '../../parts/links.js';
import { Panel } from '../../parts/panel.js';
import { Table, type Column } from '../../parts/table.js';
import { Text } from '../../parts/text.js';
import { Ago } from '../../parts/time.js';
import { ForgetButton } from './forget.js';

const COLUMNS: readonly Column<DispatcherState>[] = [
  { name: 'Dispatcher', isHead: true, cell: ({ uuid }) => <DispatcherLink uuid={uuid} /> },
  { name: 'Process', cell: ({ host, pid }) => <Text of={`${host}:${pid}`} /> },
  { name: 'Epoch', isNumber: true, cell: ({ epoch }) => epoch },
  { name: 'Last ping', cell: ({ lastPing }) => <Ago at={lastPing} /> },
];

export function EndedTable({ of }: { of: readonly DispatcherState[] }) {
  if (of.length === 0) return null;
  return (
    <Panel title="Deactivated">
      <Table
        label="Deactivated dispatchers"
        columns={COLUMNS}
        rows={of}
        keyOf={({ uuid }) => uuid}
        actions={({ uuid }) => <ForgetButton uuid={uuid} />}
      />
    </Panel>
  );
}
