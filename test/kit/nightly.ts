// What `npm test` does with a few, and `npm run test:nightly` with all.

/** All of them in the nightly tests, else the last. */
export function lastUnlessNightly<T>(all: readonly T[]): readonly T[] {
  return process.env['DROVER_NIGHTLY'] === undefined ? all.slice(-1) : all;
}
