// Reads of many queues: some at a time, so that Redis and the connection serve others meanwhile.

/** So many items are read at a time. */
const AT_ONCE = 10;

/** The results of `act` for each item, in their order. */
export async function inTurns<T, R>(
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let next = 0; next < items.length; next += AT_ONCE)
    results.push(...(await Promise.all(items.slice(next, next + AT_ONCE).map(act))));
  return results;
}
