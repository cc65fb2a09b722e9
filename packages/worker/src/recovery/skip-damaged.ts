// Goes on past a record that the store cannot use, such as a key of the wrong Redis type (B1).
import { DamagedRecord } from '@drover/core/internal';

/**
 * Reports the damage and returns `otherwise`, so that one wrong key does not stop the work on other
 * lanes and queues. Once the key is fixed, the next reconcile pass finds what it hid.
 */
export async function skipDamaged<T, O = undefined>(
  { onError }: { onError: (error: Error) => void },
  action: () => Promise<T>,
  otherwise?: O,
): Promise<T | O> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    onError(error);
    return otherwise as O;
  }
}
