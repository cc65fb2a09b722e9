// Deactivates a dispatcher of any process.
import { actions } from '../../api/actions.js';
import { act } from '../../api/client.js';
import { ActionButton } from '../../parts/action-button.js';
import type { Question } from '../../parts/ask.js';

interface DrainButtonProps {
  uuid: string;
  /** Called when it was told. */
  after: () => void;
}

export function DrainButton({ uuid, after }: DrainButtonProps) {
  return (
    <ActionButton isDangerous question={() => draining(uuid, after)}>
      Drain
    </ActionButton>
  );
}

/** As a SIGTERM waits (D6). */
const GRACE = '25';

function draining(uuid: string, after: () => void): Question {
  return {
    ...{ title: 'Drain the dispatcher', verb: 'Drain', isDangerous: true, after },
    says:
      `${uuid} claims no more jobs, and ends. Jobs that have not ended within the grace are ` +
      'interrupted: their policies decide about them. Its process goes on.',
    fields: [
      {
        ...{ name: 'grace', label: 'Grace', kind: 'number', value: GRACE, isRequired: true },
        hint: 'Seconds for which running jobs may go on.',
      },
    ],
    act: ({ grace = GRACE }) => act(actions.drain(uuid, Number(grace) * 1_000)),
  };
}
