// Loaded into each test program: it ends with the process that holds the other end of its standard
// input.
import { isMainThread } from 'node:worker_threads';

// Task threads load it as well: their standard input is nobody's.
if (isMainThread) {
  process.stdin.on('close', () => process.exit(1)).resume();
  // A program that has nothing left to do may end.
  (process.stdin as NodeJS.ReadStream & { unref(): void }).unref();
}
