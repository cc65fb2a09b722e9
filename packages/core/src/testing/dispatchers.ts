// Waiting for dispatchers in tests. They are known by their events, so that core needs nothing of the worker.
import type { EventEmitter } from 'node:events';
import { once } from 'node:events';
import { TimeoutError } from '../errors.js';
import type { Job } from '../job.js';
import type { TestWaitOptions } from './jobs.js';

/** What these helpers use of a dispatcher. */
export interface StoppableDispatcher extends Pick<EventEmitter, 'on' | 'once' | 'off'> {
  readonly uuid: string;
  readonly status: string;
  activeJobs(): Job[];
  deactivate(options?: { grace?: number }): Promise<void>;
}

const DEFAULT_TIMEOUT = 10_000;

/** Waits until the dispatcher is deactivated. */
export async function waitForDeactivation(
  dispatcher: StoppableDispatcher,
  { timeout = DEFAULT_TIMEOUT }: TestWaitOptions = {},
): Promise<void> {
  if (dispatcher.status === 'deactivated') return;
  await eventOf(dispatcher, 'deactivated', () => true, timeout);
}

/** Waits until `sibling` says that the dispatcher with that UUID has died. */
export async function waitForDeath(
  uuid: string,
  sibling: StoppableDispatcher,
  { timeout = DEFAULT_TIMEOUT }: TestWaitOptions = {},
): Promise<void> {
  await eventOf(sibling, 'died', (died) => (died as { uuid: string }).uuid === uuid, timeout);
}

/**
 * Deactivates a dispatcher at the end of a test.
 * @throws TimeoutError, which names the jobs that would not stop within `timeout` ms: their bodies must heed `local.signal`.
 */
export async function tearDownDispatcher(
  dispatcher: StoppableDispatcher,
  { timeout = DEFAULT_TIMEOUT }: TestWaitOptions = {},
): Promise<void> {
  const start = performance.now();
  await dispatcher.deactivate({ grace: timeout });
  if (performance.now() - start < timeout) return;
  const names = dispatcher.activeJobs().map(String).join(', ');
  throw new TimeoutError(
    `dispatcher ${dispatcher.uuid}: still running after ${timeout} ms: ${names || 'nothing known'}`,
  );
}

async function eventOf(
  dispatcher: StoppableDispatcher,
  event: string,
  matches: (argument: unknown) => boolean,
  timeout: number,
): Promise<void> {
  const signal = AbortSignal.timeout(timeout);
  try {
    for (;;) {
      const [argument] = (await once(dispatcher as unknown as EventEmitter, event, { signal })) as unknown[];
      if (matches(argument)) return;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new TimeoutError(`dispatcher ${dispatcher.uuid}: no '${event}' after ${timeout} ms`);
  }
}
