// Checks the option `threads` of an agent (D7).
import { checkOptions, InvalidArgumentError } from '@drover/core';
import type { ThreadOptions } from './options.js';
import { whyRefused } from './thread-flags.js';

/** @throws InvalidArgumentError, which names the agent */
export function toThreads(where: string, threads: unknown): ThreadOptions | undefined {
  if (threads === undefined || threads === false) return undefined;
  if (threads === true) return {};
  if (typeof threads !== 'object' || threads === null) {
    throw new InvalidArgumentError(
      `${where}.threads must be true, false, or { resourceLimits, execArgv }`,
    );
  }
  checkOptions(`${where}.threads`, threads, ['resourceLimits', 'execArgv']);
  const { resourceLimits, execArgv } = threads as ThreadOptions;
  if (
    resourceLimits !== undefined &&
    (typeof resourceLimits !== 'object' || resourceLimits === null)
  ) {
    throw new InvalidArgumentError(
      `${where}.threads.resourceLimits must be an object: { maxOldGenerationSizeMb: 512 }`,
    );
  }
  if (execArgv !== undefined) checkExecArgv(`${where}.threads.execArgv`, execArgv);
  return {
    ...(resourceLimits && { resourceLimits }),
    ...(execArgv && { execArgv: [...execArgv] }),
  };
}

function checkExecArgv(where: string, execArgv: unknown): void {
  if (!Array.isArray(execArgv) || !execArgv.every((flag) => typeof flag === 'string')) {
    throw new InvalidArgumentError(
      `${where} must be an array of flags of Node: ['--import', 'tsx']`,
    );
  }
  const why = whyRefused(execArgv as string[]);
  if (why !== undefined) throw new InvalidArgumentError(`${where}: ${why}`);
}
