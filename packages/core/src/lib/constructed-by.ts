// Classes whose instances are those that they made: what only has the prototype is none.

/**
 * For a class's `Symbol.hasInstance`, and those that extend it. @param isMade whether the class
 * made it
 */
export function constructedBy(isMade: (value: object) => boolean) {
  return function (this: unknown, value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !isMade(value)) return false;
    return Function.prototype[Symbol.hasInstance].call(this as never, value);
  };
}
