// Helpers for tests, which wait for events instead of sleeping.
export {
  tearDownDispatcher,
  waitForDeactivation,
  waitForDeath,
  type StoppableDispatcher,
} from './dispatchers.js';
export { waitForAnnotation, waitForResult, waitForStart, waitForStatus } from './jobs.js';
export type { TestWaitOptions } from './timeout.js';
