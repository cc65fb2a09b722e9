// The log of a dispatcher: the user's logger. An error that the logger throws or rejects with does
// not reach the code that logs.
import { Failure, InvalidArgumentError } from '@drover/core';
import { tellSafely, warnOnce } from '@drover/core/internal';
import type { Logger } from 'pino';

/** The levels at which a dispatcher logs, the lowest first. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export type Log = Record<
  (typeof LEVELS)[number],
  (...line: [about: object, text: string] | [text: string]) => void
> & {
  /** Whether lines at `debug` are written: no line is made in vain for each job. */
  isDebug?: () => boolean;
};

/** @throws InvalidArgumentError if `logger`, or what its method `child` returns, is no logger */
export function toLog(logger: Logger, uuid: string): Log {
  checkLogger('logger', logger, ['child', ...LEVELS]);
  let child: Logger;
  try {
    child = logger.child({ dispatcher: uuid });
  } catch (thrown) {
    throw new InvalidArgumentError(`logger.child throws: ${Failure.from(thrown).message}`, {
      cause: thrown,
    });
  }
  checkLogger('what logger.child gives', child, LEVELS);
  const onFailed = warnOnce(`the logger of the dispatcher ${uuid}`);
  const log = LEVELS.map((level) => {
    const write = (...line: [string]): void => tellSafely(() => child[level](...line), onFailed);
    return [level, write];
  });
  // Loggers other than pino may not tell.
  const { isLevelEnabled } = child as { isLevelEnabled?: (level: string) => boolean };
  const isDebug = (): boolean =>
    typeof isLevelEnabled !== 'function' || isLevelEnabled.call(child, 'debug');
  return { ...Object.fromEntries(log), isDebug } as Log;
}

function checkLogger(what: string, logger: unknown, methods: readonly string[]): void {
  const missing = methods.find(
    (name) => typeof (logger as Record<string, unknown> | null)?.[name] !== 'function',
  );
  if (missing === undefined) return;
  throw new InvalidArgumentError(
    `${what} must be a pino logger, or have its methods: it has no ${missing}`,
  );
}
