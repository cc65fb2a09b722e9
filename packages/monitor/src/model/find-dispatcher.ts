// Finds a dispatcher by its UUID, or by the beginning of it.
import { InvalidArgumentError, type DispatcherInfo } from '@drover/core';
import { NotThereError } from './not-there.js';
import type { Sources } from './sources.js';

/** @throws NotThereError where there is none; InvalidArgumentError where there are several */
export async function findDispatcher(
  { dispatchers }: Sources,
  beginning: string,
): Promise<DispatcherInfo> {
  const wanted = beginning.toLowerCase();
  const found = (await dispatchers.list()).filter(({ uuid }) => uuid.startsWith(wanted));
  const [first, ...others] = found;
  if (!first || wanted === '')
    throw new NotThereError(
      `there is no dispatcher ${beginning}: it was never active under this prefix, or its record ` +
        'has gone',
    );
  if (others.length > 0)
    throw new InvalidArgumentError(
      `${found.length} dispatchers begin with ${beginning}: ${found.map(({ uuid }) => uuid).join(', ')}`,
    );
  return first;
}
