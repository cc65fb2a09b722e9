// The UUIDs that Drover makes and reads. The build replaces this import with the code of the
// package uuid (scripts/uuid.mjs): that is an ES module, which Jest cannot `require` (ADR 0001).
import { v4, v7, validate } from 'uuid';

// The types are written out, since users' compilers do not have the package.
/** A random one. */
export const uuidv4: () => string = v4;
/** It begins with the time: a later one is greater. */
export const uuidv7: () => string = v7;
export const isUuid: (value: unknown) => boolean = validate;
