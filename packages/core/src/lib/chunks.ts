// Splits lists.

/** The items in chunks of up to `size`, in order. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** The items two by two, as in Redis's replies of names and values. */
export function pairsOf<T>(items: readonly T[]): [T, T][] {
  return chunksOf(items, 2) as [T, T][];
}
