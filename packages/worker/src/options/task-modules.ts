// Checks the option `taskModules`: the modules that each worker thread imports (D7).
import { InvalidArgumentError } from '@drover/core';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AgentSettings } from './agent-options.js';

/**
 * The modules as URLs.
 * @throws InvalidArgumentError if one does not exist, or an agent has threads and there is none
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
      `queues.${threaded.queue}.${threaded.name} has threads, ` +
        'which need the modules of the tasks: ' +
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
