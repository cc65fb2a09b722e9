// What `npm test` does with a few, and `npm run test:nightly` with all.

export const isNightly = process.env['DROVER_NIGHTLY'] !== undefined;

/** All of them in the nightly tests, else the last. */
export function lastUnlessNightly<T>(all: readonly T[]): readonly T[] {
  return isNightly ? all : all.slice(-1);
}
