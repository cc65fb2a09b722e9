// The options of agents with threads, checked (D7).
import { InvalidArgumentError } from '@drover/core';
import { refuseUnknownOptions } from '@drover/core/internal';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AgentSettings, ThreadOptions } from './options.js';
import { whyRefused } from './thread-flags.js';

/** @throws InvalidArgumentError, which names the agent. */
export function toThreads(where: string, threads: unknown): ThreadOptions | undefined {
  if (threads === undefined || threads === false) return undefined;
  if (threads === true) return {};
  if (typeof threads !== 'object' || threads === null) {
    throw new InvalidArgumentError(
      `${where}.threads must be true, false, or { resourceLimits, execArgv }`,
    );
  }
  const { resourceLimits, execArgv, ...unknown } = threads as ThreadOptions;
  refuseUnknownOptions(`${where}.threads`, unknown);
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

/**
 * The modules that threads import, as URLs.
 * @throws InvalidArgumentError where one is not there, or none is given and an agent has threads.
 */
export function toTaskModules(modules: unknown, agents: readonly AgentSettings[]): string[] {
  if (modules !== undefined && !Array.isArray(modules)) {
    throw new InvalidArgumentError(
      "taskModules must be an array: [new URL('./tasks.js', import.meta.url)]",
    );
  }
  const urls = Array.from((modules as unknown[] | undefined) ?? [], toModule);
  const threaded = agents.find(({ threads }) => threads);
  if (threaded && urls.length === 0) {
    throw new InvalidArgumentError(
      `queues.${threaded.queue}.${threaded.name} has threads, which must be told where the tasks are: ` +
        "taskModules: [new URL('./tasks.js', import.meta.url)]",
    );
  }
  return urls;
}

function toModule(module: unknown, i: number): string {
  const isUrl = module instanceof URL || (typeof module === 'string' && module.startsWith('file:'));
  if (!isUrl && (typeof module !== 'string' || module === '')) {
    throw new InvalidArgumentError(`taskModules[${i}] must be a file: URL or a path`);
  }
  let path: string;
  try {
    path = isUrl ? fileURLToPath(module as string | URL) : resolve(module as string);
  } catch {
    throw new InvalidArgumentError(`taskModules[${i}] must be a file: URL or a path`);
  }
  if (!existsSync(path))
    throw new InvalidArgumentError(`taskModules[${i}]: there is no file ${path}`);
  return pathToFileURL(path).href;
}
