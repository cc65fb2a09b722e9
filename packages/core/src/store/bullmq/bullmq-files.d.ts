// The types of BullMQ's own files, which have none.
declare module 'bullmq/dist/cjs/version.js' {
  export const version: string;
}
declare module 'bullmq/dist/cjs/scripts/moveToActive-11.js' {
  export const moveToActive: { content: string };
}
declare module 'bullmq/dist/cjs/scripts/moveToFinished-14.js' {
  export const moveToFinished: { content: string };
}
