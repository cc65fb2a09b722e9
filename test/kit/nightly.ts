// The parts of a test that `npm test` leaves to `npm run test:nightly`.

export const isNightly = process.env['DROVER_NIGHTLY'] !== undefined;

/** Each crash point with each of its passes; in `npm test` with the last one alone. */
export function eachPass<Point>(
  table: readonly (readonly [Point, passes: readonly number[]])[],
): [Point, pass: number][] {
  return table.flatMap(([point, passes]) =>
    (isNightly ? passes : passes.slice(-1)).map((pass): [Point, number] => [point, pass]),
  );
}

/** The number of cases of a random test; in `npm test` a third of it. */
export function randomCount(whole: number): number {
  return isNightly ? whole : Math.ceil(whole / 3);
}
