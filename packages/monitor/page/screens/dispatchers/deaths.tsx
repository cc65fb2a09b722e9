// Dispatchers that were found dead within the last day.
import type { Death } from '@drover/monitor';
import { Badge } from '../../parts/badge.js';
import { DispatcherLink } from '../../parts/links.js';
import { Panel } from '../../parts/panel.js';
import { Table, type Column } from '../../parts/table.js';
import { Text } from '../../parts/text.js';
import { Ago } from '../../parts/time.js';

const NOW: Readonly<Record<Death['status'], string>> = {
  active: 'active again',
  dead: 'not cleaned up',
  cleaning: 'being cleaned up',
  deactivated: 'cleaned up',
};

const COLUMNS: readonly Column<Death>[] = [
  {
    name: 'Dispatcher',
    isHead: true,
    cell: ({ dispatcher }) => <DispatcherLink uuid={dispatcher} />,
  },
  { name: 'Process', cell: ({ host, pid }) => <Text of={`${host}:${pid}`} /> },
  { name: 'Found dead', cell: ({ at }) => <Ago at={at} /> },
  { name: 'Deaths', isNumber: true, cell: ({ deaths }) => deaths },
  { name: 'Now', cell: ({ status }) => <Badge of={NOW[status]} /> },
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
