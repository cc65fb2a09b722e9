// Waits for dispatchers in tests, by their events: core does not import the worker.
import type { EventEmitter } from 'node:events';
import { once } from 'node:events';
import { TimeoutError } from '../errors.js';
import type { Job } from '../job/job.js';
import { timerDelay } from '../lib/timeout.js';
import { testTimeout, type TestWaitOptions } from './timeout.js';

/** The part of a dispatcher that these helpers use. */
export interface StoppableDispatcher extends Pick<EventEmitter, 'on' | 'once' | 'off'> {
  readonly uuid: string;
  readonly status: string;
  activeJobs(): Job[];
  deactivate(options?: { grace?: number }): Promise<void>;
}

/** Waits until the dispatcher is deactivated. */
export async function waitForDeactivation(
  dispatcher: StoppableDispatcher,
  options: TestWaitOptions = {},
): Promise<void> {
  const timeout = testTimeout(options);
  if (dispatcher.status === 'deactivated') return;
  await eventOf(dispatcher, 'deactivated', () => true, timeout);
}

/** Waits until `sibling` reports that the dispatcher with that UUID has died. */
export async function waitForDeath(
  uuid: string,
  sibling: StoppableDispatcher,
  options: TestWaitOptions = {},
): Promise<void> {
  await eventOf(
    sibling,
    'died',
    (died) => (died as { uuid: string }).uuid === uuid,
    testTimeout(options),
  );
}

/**
 * Deactivates a dispatcher at the end of a test.
 * @throws TimeoutError, which names the jobs that did not stop within `timeout` ms: their tasks
 *   must heed `local.signal`
 */
export async function tearDownDispatcher(
  dispatcher: StoppableDispatcher,
  options: TestWaitOptions = {},
): Promise<void> {
  const timeout = testTimeout(options);
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
  const signal = AbortSignal.timeout(timerDelay(timeout));
  try {
    for (;;) {
      const [argument] = (await once(dispatcher as unknown as EventEmitter, event, {
        signal,
      })) as unknown[];
      if (matches(argument)) return;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new TimeoutError(`dispatcher ${dispatcher.uuid}: no '${event}' after ${timeout} ms`);
  }
}
