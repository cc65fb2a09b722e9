// The schedules of a queue: jobs of a task at given times.
import type { JobSchedule } from '@drover/core';
import { span } from '../../../src/text/words.js';
import { actions } from '../../api/actions.js';
import { act } from '../../api/client.js';
import { reads } from '../../api/reads.js';
import { ActionButton } from '../../parts/action-button.js';
import type { Question } from '../../parts/ask.js';
import { Badge } from '../../parts/badge.js';
import { JobLink } from '../../parts/links.js';
import { Text } from '../../parts/text.js';
import { Ago } from '../../parts/time.js';
import { scheduleQuestion } from './schedule-question.js';
import { RemoveButton, type NamedSetting } from './setting-buttons.js';
import { SettingPanel } from './setting-panel.js';

export function Schedules({ queue }: { queue: string }) {
  return (
    <SettingPanel
      {...{ setting: 'schedules', queue, buttons }}
      read={reads.schedules(queue)}
      columns={[
        { name: 'Schedule', isHead: true, cell: nameCell },
        { name: 'Times', cell: (schedule) => <Text of={timesOf(schedule)} /> },
        { name: 'Task', cell: ({ task, lane }) => <Text of={`${task} (${lane})`} /> },
        { name: 'Next', cell: ({ next }) => <Ago at={next} /> },
        { name: 'Last', cell: ({ last }) => <Last of={last} queue={queue} /> },
        { name: 'Overlap', cell: ({ overlap }) => overlap },
        { name: 'Missed', cell: ({ missed }) => missed },
        { name: 'Skipped', isNumber: true, cell: ({ skipped }) => skipped },
      ]}
      asksNew={(of) => scheduleQuestion(of)}
    />
  );
}

function buttons(schedule: JobSchedule, of: NamedSetting) {
  const { name, paused } = schedule;
  const verb = paused ? 'Resume' : 'Pause';
  return (
    <>
      <ActionButton label={`${verb} schedule ${name}`} question={() => pauseQuestion(of, paused)}>
        {verb}
      </ActionButton>
      <ActionButton
        label={`Change schedule ${name}`}
        question={() => scheduleQuestion(of, schedule)}
      >
        Change
      </ActionButton>
      <RemoveButton of={of} says="Jobs that it has put stay." />
    </>
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

function pauseQuestion({ queue, name, after }: NamedSetting, paused: boolean): Question {
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
