// Goes on past a key whose Redis type is not the one that Drover stores there (B1).
import { isAboutRecord } from '@drover/core/internal';

/**
 * Reports the error and returns `otherwise`, so that one wrong key does not stop the work on other
 * lanes and queues. Once the key is fixed, the next reconcile pass finds what it hid.
 */
export async function skipIfWrongType<T, O = undefined>(
  { onError }: { onError: (error: Error) => void },
  action: () => Promise<T>,
  otherwise?: O,
): Promise<T | O> {
  try {
    return await action();
  } catch (error) {
    if (!isAboutRecord(error)) throw error;
    onError(error);
    return otherwise as O;
  }
}
