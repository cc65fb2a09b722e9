// Pauses a queue, or lets it go on.
import type { QueueState } from '@drover/monitor';
import { actions } from '../../api/actions.js';
import { act } from '../../api/client.js';
import { ActionButton } from '../../parts/action-button.js';
import type { Question } from '../../parts/ask.js';

export function PauseButton({ of }: { of: Pick<QueueState, 'name' | 'paused'> }) {
  return (
    <ActionButton question={() => questionOf(of)}>{of.paused ? 'Resume' : 'Pause'}</ActionButton>
  );
}

function questionOf({ name, paused }: Pick<QueueState, 'name' | 'paused'>): Question {
  return {
    title: `${paused ? 'Resume' : 'Pause'} ${name}`,
    says: paused
      ? 'Jobs of all its lanes begin again.'
      : 'No job begins any more, in any lane. Those that run go on, and so does recovery.',
    verb: paused ? 'Resume' : 'Pause',
    act: () => act(paused ? actions.resume(name) : actions.pause(name)),
  };
}
