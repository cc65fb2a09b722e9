// The schedules of a queue: jobs of a task at given times.
import type { JobSchedule } from '@drover/core';
import { span } from '../../../src/text/words.js';
import { mayAct } from '../../api/about.js';
import { actions } from '../../api/actions.js';
import { act } from '../../api/client.js';
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { ActionButton } from '../../parts/action-button.js';
import type { Question } from '../../parts/ask.js';
import { Badge } from '../../parts/badge.js';
import { JobLink } from '../../parts/links.js';
import { LookedAt } from '../../parts/looked.js';
import { Panel } from '../../parts/panel.js';
import { Table, type Column } from '../../parts/table.js';
import { Text } from '../../parts/text.js';
import { Ago } from '../../parts/time.js';
import { scheduleQuestion } from './schedule-question.js';
import { RemoveButton, type SettingOf } from './setting-buttons.js';

export function Schedules({ queue }: { queue: string }) {
  const looked = useRead(reads.schedules(queue));
  const of = (name?: string): SettingOf => ({
    ...({ setting: 'schedules', queue, name } as const),
    after: looked.again,
  });
  const buttons = (schedule: JobSchedule) => {
    const { name } = schedule;
    return (
      <span class="buttons-inline">
        <ActionButton
          label={`${schedule.paused ? 'Resume' : 'Pause'} schedule ${name}`}
          question={() => pauseQuestion(queue, schedule, looked.again)}
        >
          {schedule.paused ? 'Resume' : 'Pause'}
        </ActionButton>
        <ActionButton
          label={`Change schedule ${name}`}
          question={() => scheduleQuestion(of(name), schedule)}
        >
          Change
        </ActionButton>
        <RemoveButton of={{ ...of(name), name }} says="Jobs that it has put stay." />
      </span>
    );
  };
  const columns: readonly Column<JobSchedule>[] = [
    { name: 'Schedule', isHead: true, cell: nameCell },
    { name: 'Times', cell: (schedule) => <Text of={timesOf(schedule)} /> },
    { name: 'Task', cell: ({ task, lane }) => <Text of={`${task} (${lane})`} /> },
    { name: 'Next', cell: ({ next }) => <Ago at={next} /> },
    { name: 'Last', cell: ({ last }) => <Last of={last} queue={queue} /> },
    { name: 'Overlap', cell: ({ overlap }) => overlap },
    { name: 'Missed', cell: ({ missed }) => missed },
    { name: 'Skipped', isNumber: true, cell: ({ skipped }) => skipped },
    ...(mayAct() ? [{ name: 'Actions', cell: buttons }] : []),
  ];
  return (
    <Panel
      title="Schedules"
      more={<ActionButton question={() => scheduleQuestion(of())}>New schedule</ActionButton>}
    >
      <LookedAt at={looked}>
        {(schedules) => (
          <Table
            {...{ label: 'Schedules', columns, rows: schedules }}
            keyOf={({ name }) => name}
            none="This queue has no schedule."
          />
        )}
      </LookedAt>
    </Panel>
  );
}

function nameCell({ name, paused, damaged }: JobSchedule) {
  return (
    <>
      <Text of={name} /> {paused && <Badge of="paused" />}
      {damaged !== undefined && (
        <span>
          <Badge of="damaged" /> <Text of={damaged} />
        </span>
      )}
    </>
  );
}

function timesOf({ cron, timezone, every }: JobSchedule): string {
  if (every !== undefined) return `each ${span(every)}`;
  return `${cron ?? '?'} ${timezone ?? 'UTC'}`;
}

function Last({ of, queue }: { of: JobSchedule['last']; queue: string }) {
  if (!of) return <span class="faint">–</span>;
  return (
    <>
      <JobLink id={of.id} queue={queue} /> <Ago at={of.time} />
    </>
  );
}

function pauseQuestion(queue: string, { name, paused }: JobSchedule, after: () => void): Question {
  const verb = paused ? 'Resume' : 'Pause';
  return {
    title: `${verb} schedule ${name}`,
    says: paused
      ? 'It puts jobs again, from its next time on.'
      : 'It puts no job until it is resumed. Times meanwhile are left out.',
    verb,
    act: () => act(actions.schedule(paused ? 'resume' : 'pause', queue, name)),
    after,
  };
}
