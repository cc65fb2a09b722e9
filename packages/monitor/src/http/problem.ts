// What a caller is told where a call fails: a code, and a sentence; never a stack or a password.
import { HTTPException } from 'hono/http-exception';
import { DroverError } from '@drover/core';
import { NotThereError } from '../model/not-there.js';
import { clean, withoutSecrets } from '../text/clean.js';

export type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 500 | 503 | 504;

/** A call that the API itself refuses. */
export class Problem extends Error {
  constructor(
    readonly status: ProblemStatus,
    readonly code: string,
    message: string,
    /** More facts for the caller, beside code and message. */
    readonly facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

export interface ProblemAnswer {
  error: { code: string; message: string; [fact: string]: unknown };
}

const STATUSES: Readonly<Record<string, ProblemStatus>> = {
  DROVER_INVALID_ARGUMENT: 400,
  DROVER_SERIALIZATION: 400,
  DROVER_DATA_TOO_LARGE: 413,
  DROVER_BAD_STATUS: 409,
  DROVER_UNKNOWN_QUOTA: 404,
  DROVER_UNKNOWN_RATE_LIMIT: 404,
  DROVER_UNSUPPORTED: 403,
  DROVER_TIMEOUT: 504,
  DROVER_UNAVAILABLE: 503,
};

/** Redis refuses a command of a user without the right, or of a script that the user has called. */
const NO_RIGHT = /NOPERM|can't run this command/;

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException && error.status === 413)
    return new Problem(413, 'TOO_LARGE', 'the body of the request is too large');
  const message = error instanceof Error ? error.message : '';
  if (NO_RIGHT.test(message))
    return new Problem(
      403,
      'NO_RIGHT',
      'this user of Redis has no right to do that: changes need the rights of a producer',
    );
  if (error instanceof NotThereError) return new Problem(404, 'NOT_FOUND', message);
  const status = error instanceof DroverError ? STATUSES[error.code] : undefined;
  if (error instanceof DroverError && status !== undefined)
    return new Problem(status, error.code, message);
  return new Problem(500, 'INTERNAL', 'the monitor failed: its log says more');
}

export function answerOf({ code, message, facts }: Problem): ProblemAnswer {
  return { error: { ...facts, code, message: clean(withoutSecrets(message)) } };
}
