// `instanceof` that is true only for objects that the class constructed, and not for an object that
// merely has its prototype.

/**
 * The `Symbol.hasInstance` of a class and its subclasses.
 * @param isMade whether the class constructed the object
 */
export function constructedBy(isMade: (value: object) => boolean) {
  return function (this: unknown, value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !isMade(value)) return false;
    return Function.prototype[Symbol.hasInstance].call(this as never, value);
  };
}
