// A table of jobs.
import type { JobRow } from '@drover/monitor';
import { span } from '../../src/text/words.js';
import { now } from '../live/fleet.js';
import { Badge } from './badge.js';
import { DispatcherLink, JobLink } from './links.js';
import { Table, type Choice, type Column } from './table.js';
import { Text } from './text.js';
import { Ago } from './time.js';

const DUE = 'Due';
const ENDED = 'Ended';
const COLUMNS: readonly Column<JobRow>[] = [
  { name: 'Job', isHead: true, cell: ({ id, queue }) => <JobLink id={id} queue={queue} /> },
  { name: 'Task', cell: ({ task }) => <Text of={task} /> },
  { name: 'Lane', cell: ({ lane }) => <Text of={lane} /> },
  { name: 'Status', cell: ({ status, outcome }) => <Badge of={outcome ?? status} /> },
  { name: 'Put', cell: ({ times }) => <Ago at={times.put} /> },
  { name: DUE, cell: ({ times }) => <Ago at={times.due} /> },
  { name: ENDED, cell: ({ times }) => <Ago at={times.ended} /> },
  { name: 'Ran', isNumber: true, cell: ({ times }) => <Ran of={times} /> },
  { name: 'Runs', isNumber: true, cell: ({ attempts }) => attempts },
  { name: 'Interrupts', isNumber: true, cell: ({ interruptions }) => interruptions },
  { name: 'Dispatcher', cell: ({ dispatcher }) => <DispatcherLink uuid={dispatcher} /> },
];

interface JobTableProps {
  of: readonly JobRow[];
  choice?: Choice | undefined;
  none?: string;
}

export function JobTable({ of, choice, none = 'No job.' }: JobTableProps) {
  const haveEnded = of.every(({ times }) => times.ended !== undefined);
  const left = haveEnded ? DUE : ENDED;
  return (
    <Table
      label="Jobs"
      columns={COLUMNS.filter((column) => column.name !== left)}
      rows={of}
      keyOf={({ id }) => id}
      choice={choice}
      none={none}
    />
  );
}

/** From the begin of the last run to the end, or to now. */
function Ran({ of: { started, ended } }: { of: JobRow['times'] }) {
  if (started === undefined) return <span class="faint">–</span>;
  return <>{span((ended ?? now.value) - started)}</>;
}
