// Errors of ioredis carry the command that failed, with a job's arguments or a password in it: nobody is to see those (B2).

/** Takes the command out of an error, and out of what caused it; gives the error itself. */
export function discreet(error: Error): Error {
  for (let one: unknown = error; one instanceof Error || isErrorLike(one); one = one.cause) {
    delete (one as { command?: unknown }).command;
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
