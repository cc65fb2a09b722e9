// `@drover/composite` with composites that are packed unless they say otherwise. The nightly tests
// run the tests of composites with it in the place of the package.
import * as composite from '#composite/index';

export * from '#composite/index';

function packing<Make extends typeof composite.serial>(make: Make): Make {
  const packed = (parts: readonly never[], options: object = {}) =>
    make(parts, options && { packed: true, ...options });
  return packed as unknown as Make;
}

export const serial = packing(composite.serial);
export const parallel = packing(composite.parallel);
