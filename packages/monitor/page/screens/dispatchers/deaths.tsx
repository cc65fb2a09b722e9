// Dispatchers that were found dead within the last day.
import type { Death } from '@drover/monitor';
import { Badge } from '../../parts/badge.js';
import { DispatcherLink } from '../../parts/links.js';
import { Panel } from '../../parts/panel.js';
import { Table, type Column } from '../../parts/table.js';
import { Text } from '../../parts/text.js';
import { Ago } from '../../parts/time.js';

const COLUMNS: readonly Column<Death>[] = [
  {
    name: 'Dispatcher',
    isHead: true,
    cell: ({ dispatcher }) => <DispatcherLink uuid={dispatcher} />,
  },
  { name: 'Process', cell: ({ host, pid }) => <Text of={`${host}:${pid}`} /> },
  { name: 'Last ping', cell: ({ lastPing }) => <Ago at={lastPing} /> },
  {
    name: 'Its jobs',
    cell: ({ isCleanedUp }) => <Badge of={isCleanedUp ? 'interrupted' : 'held still'} />,
  },
];

export function Deaths({ of }: { of: readonly Death[] }) {
  return (
    <Panel title="Deaths of the last day">
      <Table
        label="Deaths"
        columns={COLUMNS}
        rows={of}
        keyOf={({ dispatcher }) => dispatcher}
        none="No dispatcher was found dead, among those whose records are kept."
      />
    </Panel>
  );
}
