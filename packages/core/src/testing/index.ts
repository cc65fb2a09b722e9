// Helpers for tests: a private Redis, time that passes at once, the jobs that code has put, and
// waits for events instead of sleeps.
export {
  tearDownDispatcher,
  waitForDeactivation,
  waitForDeath,
  type StoppableDispatcher,
} from './dispatchers.js';
export { waitForAnnotation, waitForResult, waitForStart, waitForStatus } from './jobs.js';
export { expectNoPut, expectPut } from './puts/expect-put.js';
export type { ExpectedArgs, PutSource } from './puts/look-into.js';
export { putsOf } from './puts/puts-of.js';
export { startRedis, type TestRedis, type TestRedisOptions } from './redis/start-redis.js';
export { waitForIdle } from './time/idle.js';
export { travel, travelToNext, type TravelOptions } from './time/travel.js';
export type { TestWaitOptions } from './timeout.js';
