// Whether two values are the same all through: also those that equal none, such as a Date that is
// not valid.

/**
 * A text of all that a value is, with its references. Two values of one shape cannot be told apart,
 * but for what no storing keeps: objects without a prototype have one.
 */
export function shapeOf(value: unknown): string {
  const seen = new Map<object, number>();
  const shape = (item: unknown): string => {
    if (typeof item !== 'object' || item === null)
      return `${typeof item} ${Object.is(item, -0) ? '-0' : String(item)}`;
    const number = seen.get(item);
    if (number !== undefined) return `#${number}`;
    seen.set(item, seen.size);
    if (Array.isArray(item))
      return `[${Array.from(item, (one, i) => (i in item ? shape(one) : 'hole')).join()}]`;
    if (item instanceof Map)
      return `Map(${Array.from(item, (entry) => entry.map(shape).join('=>')).join()})`;
    if (item instanceof Set) return `Set(${Array.from(item, shape).join()})`;
    if (item instanceof Date) return `Date ${item.getTime()}`;
    if (ArrayBuffer.isView(item)) return `${item.constructor.name} ${String(item)}`;
    return `{${Object.entries(item)
      .map(([key, inner]) => `${JSON.stringify(key)}:${shape(inner)}`)
      .join()}}`;
  };
  return shape(value);
}
