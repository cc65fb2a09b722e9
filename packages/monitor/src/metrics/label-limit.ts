// Bounds the values of a label, whose names producers choose.

/** The value of a label for the names of which there is no room. */
export const OTHER = 'other';

/** A function that gives the first `most` different names as they are, and 'other' for the rest. */
export function labelLimit(most: number): (name: string) => string {
  const kept = new Set<string>();
  return (name) => {
    if (kept.has(name)) return name;
    if (kept.size >= most) return OTHER;
    kept.add(name);
    return name;
  };
}
