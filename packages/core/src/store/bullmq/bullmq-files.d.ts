// The types of BullMQ's own files, which have none.
declare module 'bullmq/dist/cjs/version.js' {
  export const version: string;
}
declare module 'bullmq/dist/cjs/classes/queue-keys.js' {
  export { QueueKeys } from 'bullmq';
}
declare module 'bullmq/dist/cjs/classes/redis-connection.js' {
  export { RedisConnection } from 'bullmq';
}
declare module 'bullmq/dist/cjs/classes/redis-queue-backend.js' {
  export { RedisQueueBackend } from 'bullmq';
}
