// A failure with its stack, and the failures that caused it.
import type { FailureData } from '@drover/core';
import { Json, Lines, Text } from '../../parts/text.js';

/** A chain may be of any length. */
const MOST_CAUSES = 12;

export function FailureChain({ of }: { of: FailureData }) {
  const chain = chainOf(of);
  return (
    <ol class="failures">
      {chain.map((failure, i) => (
        <li key={i}>
          <p class="failure-name">
            {i > 0 && <span class="faint">caused by </span>}
            <strong>
              <Text of={failure.name} />
            </strong>
            {failure.code !== undefined && failure.code !== failure.name && (
              <code class="failure-code">
                <Text of={failure.code} />
              </code>
            )}
          </p>
          <p class="failure-message">
            <Text of={failure.message} />
          </p>
          {failure.stack !== undefined && (
            <details open={i === 0}>
              <summary>Stack</summary>
              <Lines of={framesOf(failure.stack)} />
            </details>
          )}
          {failure.fields && Object.keys(failure.fields).length > 0 && <Json of={failure.fields} />}
          {failure.errors && failure.errors.length > 0 && <Errors of={failure.errors} />}
        </li>
      ))}
    </ol>
  );
}

/** Those of an AggregateError. */
function Errors({ of }: { of: readonly FailureData[] }) {
  return (
    <ul>
      {of.slice(0, MOST_CAUSES).map(({ name, message }, i) => (
        <li key={i}>
          <Text of={`${name}: ${message}`} />
        </li>
      ))}
      {of.length > MOST_CAUSES && <li class="faint">… {of.length - MOST_CAUSES} more</li>}
    </ul>
  );
}

function chainOf(failure: FailureData): FailureData[] {
  const chain: FailureData[] = [];
  let next: FailureData | undefined = failure;
  while (next && chain.length < MOST_CAUSES) {
    chain.push(next);
    next = isFailure(next.cause) ? next.cause : undefined;
  }
  return chain;
}

/** A hook may have put anything there. */
function isFailure(value: unknown): value is FailureData {
  const { name, message } = (value ?? {}) as Partial<FailureData>;
  return typeof name === 'string' && typeof message === 'string';
}

/** The lines of a stack without the name and the message, which stand above it. */
function framesOf(stack: string): string {
  const first = stack.search(/^\s+at /m);
  return first < 0 ? stack : stack.slice(first).replace(/^\s+/gm, '');
}
