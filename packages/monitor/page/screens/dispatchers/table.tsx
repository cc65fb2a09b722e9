// A table of dispatchers.
import type { DispatcherState } from '@drover/monitor';
import { span } from '../../../src/text/words.js';
import { Badge } from '../../parts/badge.js';
import { Bar } from '../../parts/bar.js';
import { DispatcherLink } from '../../parts/links.js';
import { Table, type Column } from '../../parts/table.js';
import { Text } from '../../parts/text.js';
import { Ago } from '../../parts/time.js';

const COLUMNS: readonly Column<DispatcherState>[] = [
  { name: 'Dispatcher', isHead: true, cell: ({ uuid }) => <DispatcherLink uuid={uuid} /> },
  { name: 'Process', cell: ({ host, pid }) => <Text of={`${host}:${pid}`} /> },
  { name: 'Status', cell: ({ status }) => <Badge of={status} /> },
  { name: 'Epoch', isNumber: true, cell: ({ epoch }) => epoch },
  { name: 'Ping', isNumber: true, cell: ({ pingAge }) => span(pingAge) },
  { name: 'Running', cell: (dispatcher) => <Running of={dispatcher} /> },
  { name: 'Agents', cell: ({ agents }) => <Agents of={agents} /> },
  { name: 'Since', cell: ({ activatedAt }) => <Ago at={activatedAt} /> },
];

export function DispatcherTable({ of }: { of: readonly DispatcherState[] }) {
  return (
    <Table
      label="Dispatchers"
      columns={COLUMNS}
      rows={of}
      keyOf={({ uuid }) => uuid}
      none="No dispatcher is active: no job runs until one is."
    />
  );
}

function Running({ of: { agents } }: { of: DispatcherState }) {
  const running = agents.reduce((sum, agent) => sum + agent.running, 0);
  const slots = agents.reduce((sum, agent) => sum + agent.size, 0);
  return <Bar label="Jobs that run, of its slots" value={running} max={slots} />;
}

/** Each with the slots that are used, of those that it has. */
function Agents({ of }: { of: DispatcherState['agents'] }) {
  return (
    <span class="items">
      {of.map(({ queue, name, running, size }) => (
        <span key={`${queue} ${name}`}>
          <Text of={`${queue}/${name}`} />{' '}
          <span class="faint">
            {running}/{size}
          </span>
        </span>
      ))}
    </span>
  );
}
