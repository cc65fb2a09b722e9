// Dispatchers in the test's own process: silent, without signals, and stopped after the test file.
import type { Job } from '@drover/core';
import {
  Dispatcher,
  type AgentOptions,
  type DispatcherOptions,
  type JobEvent,
} from '@drover/worker';
import { join } from 'node:path';
import { pino } from 'pino';
import { cleanUpLater } from './cleanup.js';
import { newUuid, type TestContext } from './context.js';
import { compiledKit } from './paths.js';
import { caught } from './secret.js';

export interface StartOptions extends Partial<DispatcherOptions> {
  /** Of its one agent. Default 10. */
  size?: number;
  /** Its jobs run in threads, by default with the tasks of thread-tasks.ts. */
  threads?: AgentOptions['threads'];
}

export interface Dispatchers {
  make(queue: string, options?: StartOptions): Dispatcher;
  /** Makes one and activates it. */
  start(queue: string, options?: StartOptions): Promise<Dispatcher>;
}

/** Nothing of it is written; what it would write is looked through. */
const logger = pino({ level: 'debug' }, { write: caught });

export function dispatchersIn({ redisUrl, prefix }: TestContext): Dispatchers {
  const make = (
    queue: string,
    { size = 10, threads = false, ...options }: StartOptions = {},
  ): Dispatcher => {
    const dispatcher = new Dispatcher({
      connection: redisUrl,
      prefix,
      uuid: newUuid(),
      queues: { [queue]: { main: { size, threads } } },
      ...(threads && { taskModules: [join(compiledKit, 'thread-tasks.js')] }),
      signals: false,
      logger,
      ...options,
    });
    cleanUpLater(() => dispatcher.deactivate());
    return dispatcher;
  };
  const start = async (queue: string, options?: StartOptions): Promise<Dispatcher> => {
    const dispatcher = make(queue, options);
    await dispatcher.activate();
    return dispatcher;
  };
  return { make, start };
}

/**
 * Resolves when a dispatcher has started the task of a job; to be asked for before that. A job that
 * is active to others is claimed, and perhaps not started yet: a dispatcher that stops would put it
 * back.
 */
export async function hasStarted(dispatcher: Dispatcher, { id }: Job): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = ({ job }: JobEvent): void => {
      if (job.id !== id) return;
      dispatcher.off('started', look);
      resolve();
    };
    dispatcher.on('started', look);
  });
}
