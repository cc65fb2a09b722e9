// The agents of a dispatcher: their slots and lanes, to be looked at and changed (D9).
import type { DispatcherState } from '@drover/monitor';
import { actions } from '../../api/actions.js';
import { act } from '../../api/client.js';
import { ActionButton } from '../../parts/action-button.js';
import type { Question } from '../../parts/ask.js';
import { Badge } from '../../parts/badge.js';
import { Bar } from '../../parts/bar.js';
import { QueueLink } from '../../parts/links.js';
import { Panel } from '../../parts/panel.js';
import { Table, type Column } from '../../parts/table.js';
import { Text } from '../../parts/text.js';
import { settingAgent } from './set-agent.js';

type Agent = DispatcherState['agents'][number];

interface AgentsProps {
  of: DispatcherState;
  /** Called when an agent was changed. */
  after: () => void;
}

export function Agents({ of, after }: AgentsProps) {
  const { uuid, agents, status } = of;
  const mayChange = status === 'active';
  const buttons = (agent: Agent) => (
    <>
      <ActionButton
        label={`Change ${agent.queue}/${agent.name}`}
        question={() => settingAgent(uuid, agent, after)}
      >
        Change
      </ActionButton>
      <ActionButton
        isDangerous
        label={`Remove ${agent.queue}/${agent.name}`}
        question={() => removing(uuid, agent, after)}
      >
        Remove
      </ActionButton>
    </>
  );
  return (
    <Panel
      title="Agents"
      more={
        mayChange && (
          <ActionButton question={() => settingAgent(uuid, undefined, after)}>
            Add an agent
          </ActionButton>
        )
      }
    >
      <Table
        label="Agents"
        columns={COLUMNS}
        rows={agents}
        actions={mayChange ? buttons : undefined}
        keyOf={({ queue, name }) => `${queue} ${name}`}
        none="It has no agent: it claims no job."
      />
    </Panel>
  );
}

const COLUMNS: readonly Column<Agent>[] = [
  { name: 'Agent', isHead: true, cell: ({ name }) => <Text of={name} /> },
  { name: 'Queue', cell: ({ queue }) => <QueueLink name={queue} /> },
  {
    name: 'Slots used',
    cell: ({ running, size }) => (
      <>
        <Bar label="Slots used" value={running} max={size} />
        {size === 0 && <Badge of="claims none" />}
      </>
    ),
  },
  { name: 'Lanes', cell: ({ lanes }) => <Text of={lanes.join(', ')} /> },
  { name: 'Tasks', cell: ({ tasks }) => <Text of={tasks?.join(', ') ?? 'all'} /> },
  { name: 'Runs in', cell: ({ threads }) => (threads ? 'threads' : 'its main loop') },
];

function removing(uuid: string, { queue, name }: Agent, after: () => void): Question {
  return {
    ...{ title: `Remove the agent ${queue}/${name}`, verb: 'Remove', isDangerous: true, after },
    says: 'It claims no more jobs, and those that it runs go on. Its dispatcher stays.',
    act: () => act(actions.removeAgent(uuid, { queue, name })),
  };
}
