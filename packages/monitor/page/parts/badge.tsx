// A status in a word, with a colour that says it again.
import { Text } from './text.js';

const TONES: Readonly<Record<string, 'good' | 'busy' | 'bad' | 'warn'>> = {
  ...({ succeeded: 'good', completed: 'good', active: 'busy', assigned: 'busy' } as const),
  ...({ callbacks: 'busy', failed: 'bad', dead: 'bad', cleaning: 'warn', paused: 'warn' } as const),
  ...({ interrupted: 'warn', 'set aside': 'bad', damaged: 'bad', closed: 'warn' } as const),
};

export function Badge({ of }: { of: string }) {
  return (
    <span class={`badge ${TONES[of] ?? 'calm'}`}>
      <Text of={of} />
    </span>
  );
}
