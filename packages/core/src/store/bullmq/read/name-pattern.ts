// Names with `*` in a filter.

/**
 * Makes the test whether a name fits a pattern, in which each `*` stands for any characters.
 * It takes time in proportion to the name. A RegExp would take far longer for many `*`, and
 * JavaScript refuses one of a very long pattern.
 */
export function namePattern(pattern: string): (name: string) => boolean {
  const [start = '', ...others] = pattern.split('*');
  const end = others.pop();
  if (end === undefined) return (name) => name === pattern;
  return (name) => {
    if (!name.startsWith(start) || !name.endsWith(end)) return false;
    let at = start.length;
    for (const part of others) {
      const found = name.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= name.length - end.length;
  };
}
