// What can be done to the job, as its status allows it.
import type { JobRow } from '@drover/monitor';
import { actions, type Change } from '../../api/actions.js';
import { act } from '../../api/client.js';
import { ActionButton } from '../../parts/action-button.js';
import type { Question } from '../../parts/ask.js';

interface JobActionsProps {
  of: JobRow;
  /** Called when something was done. */
  after: () => void;
}

export function JobActions({ of, after }: JobActionsProps) {
  return (
    <>
      {CHANGES.filter(({ fits }) => fits(of)).map((change) => (
        <ActionButton
          key={change.name}
          isDangerous={change.isDangerous}
          question={() => questionOf(change, of, after)}
        >
          {change.button ?? change.verb}
        </ActionButton>
      ))}
    </>
  );
}

interface OneChange {
  name: Change;
  verb: string;
  /** Default: the verb. */
  button?: string;
  says: string;
  isDangerous: boolean;
  fits: (job: JobRow) => boolean;
}

const CHANGES: readonly OneChange[] = [
  {
    ...{ name: 'retry', verb: 'Retry', isDangerous: false },
    says:
      'It runs again, and its callbacks that ran do not. Of a composite the failed parts and the ' +
      'postprocess run again.',
    fits: ({ status, outcome }) => status === 'completed' && outcome === 'failed',
  },
  {
    ...{ name: 'cancel', verb: 'Cancel', button: 'Cancel job', isDangerous: true },
    says:
      'It ends with a CancelledError, and so does all below it that has no result yet. A run is ' +
      'told, and nothing that it does later counts. Its callbacks run.',
    fits: ({ outcome }) => outcome === undefined,
  },
  {
    ...{ name: 'remove', verb: 'Remove', isDangerous: true },
    says: 'It is deleted with its parts and all that is stored of them. No callback runs.',
    fits: ({ status }) => status === 'pending',
  },
];

function questionOf({ name, verb, says, isDangerous }: OneChange, job: JobRow, after: () => void) {
  const question: Question = {
    ...{ title: `${verb}: ${job.task}`, says, verb, isDangerous, count: 1, after },
    ...(name === 'cancel' && {
      fields: [
        {
          ...{ name: 'reason', label: 'Reason (optional)' },
          hint: 'The message of the CancelledError.',
        },
      ],
    }),
    act: ({ reason = '' }) =>
      act(
        actions.changeOne(name, job.id, {
          queue: job.queue,
          ...(reason !== '' && { reason }),
        }),
      ),
  };
  return question;
}
