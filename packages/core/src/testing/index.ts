// Helpers for tests: they wait for what happens, instead of sleeping and hoping.
export {
  tearDownDispatcher,
  waitForDeactivation,
  waitForDeath,
  type StoppableDispatcher,
} from './dispatchers.js';
export { waitForAnnotation, waitForResult, waitForStart, waitForStatus } from './jobs.js';
export type { TestWaitOptions } from './timeout.js';
