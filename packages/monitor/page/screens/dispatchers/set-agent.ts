// The question before an agent is added, or gets another size or other lanes (D9).
import type { AgentInfo } from '@drover/core';
import { actions } from '../../api/actions.js';
import { act } from '../../api/client.js';
import type { Field, Question } from '../../parts/ask.js';

/** @param agent undefined: a new one */
export function settingAgent(
  uuid: string,
  agent: AgentInfo | undefined,
  after: () => void,
): Question {
  return {
    title: agent ? `Change the agent ${agent.queue}/${agent.name}` : 'Add an agent',
    says:
      'A smaller size interrupts no job, and with 0 it claims none. When its process starts anew, ' +
      'the options of that hold again.',
    verb: agent ? 'Change' : 'Add',
    fields: fieldsOf(agent),
    after,
    act: ({ queue = '', name = '', size = '', lanes = '' }) =>
      act(actions.setAgent(uuid, { queue, name, size: Number(size), lanes: namesIn(lanes) })),
  };
}

function fieldsOf(agent: AgentInfo | undefined): Field[] {
  const isFixed = agent !== undefined;
  return [
    { name: 'queue', label: 'Queue', value: agent?.queue ?? '', isRequired: true, isFixed },
    { name: 'name', label: 'Name', value: agent?.name ?? '', isRequired: true, isFixed },
    {
      ...{ name: 'size', label: 'Size', kind: 'number', isRequired: true },
      value: String(agent?.size ?? 1),
      hint: 'So many jobs at a time.',
    },
    {
      ...{ name: 'lanes', label: 'Lanes', isRequired: true },
      value: agent?.lanes.join(' ') ?? 'main',
      hint: 'With spaces between.',
    },
  ];
}

function namesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}
