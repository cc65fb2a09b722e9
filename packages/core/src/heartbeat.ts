// The parts of core that the heartbeat thread of a dispatcher loads. They are few, since each
// thread loads its modules anew. Not for users, as `internal.ts`.
export { clientSettings, connect } from './redis/connection.js';
export { saidBy, classifyRedisError } from './redis/redis-errors.js';
export { DispatcherStore } from './store/bullmq/dispatcher/dispatcher-store.js';
