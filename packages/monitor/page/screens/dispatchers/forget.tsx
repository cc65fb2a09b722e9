// Removes the record of a dispatcher that was deactivated.
import { actions } from '../../api/actions.js';
import { act } from '../../api/client.js';
import { ActionButton } from '../../parts/action-button.js';
import type { Question } from '../../parts/ask.js';

interface ForgetButtonProps {
  uuid: string;
  /** Called when it was forgotten. */
  after?: () => void;
}

export function ForgetButton({ uuid, after }: ForgetButtonProps) {
  return (
    <ActionButton isDangerous label={`Forget ${uuid}`} question={() => forgetting(uuid, after)}>
      Forget
    </ActionButton>
  );
}

function forgetting(uuid: string, after?: () => void): Question {
  return {
    ...{ title: 'Forget the dispatcher', verb: 'Forget', isDangerous: true },
    says: `The record of ${uuid} is removed. It holds no job any more.`,
    async act() {
      const answer = await act(actions.forget(uuid));
      after?.();
      return answer;
    },
  };
}
