// Errors of ioredis carry the command that failed, with a job's arguments or a password in it: nobody is to see those (B2).

/** Takes the command out of an error, and out of what caused it; gives the error itself. */
export function discreet(error: Error): Error {
  for (let one: unknown = error; one instanceof Error || isErrorLike(one); one = one.cause) {
    delete (one as { command?: unknown }).command;
    // Those of a transaction that was given up: each has a command of its own.
    const { previousErrors } = one as { previousErrors?: unknown };
    if (Array.isArray(previousErrors))
      previousErrors.forEach((previous: { command?: unknown }) => delete previous.command);
  }
  return error;
}

/** For `promise.catch(throwDiscreetly)`. */
export function throwDiscreetly(error: Error): never {
  throw discreet(error);
}

function isErrorLike(value: unknown): value is { cause?: unknown } {
  return typeof value === 'object' && value !== null && 'command' in value;
}
