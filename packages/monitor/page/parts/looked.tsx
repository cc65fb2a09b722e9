// What a look at the API has given: the answer, that it is under way, or why there is none.
import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/client.js';
import type { Looked } from '../live/use-read.js';
import { Text } from './text.js';

interface LookedAtProps<T> {
  at: Looked<T>;
  children: (data: T) => ComponentChildren;
}

/** An answer stays when the next look fails: the reason stands above it. */
export function LookedAt<T>({ at: { data, problem, again }, children }: LookedAtProps<T>) {
  return (
    <>
      {problem && <Problem of={problem} again={again} />}
      {data === undefined && !problem && <p class="faint">Looks …</p>}
      {data !== undefined && children(data)}
    </>
  );
}

export function Problem({ of, again }: { of: ApiError; again?: () => void }) {
  return (
    <div class="problem" role="alert">
      <p>
        <Text of={of.message} />
      </p>
      {again && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}
