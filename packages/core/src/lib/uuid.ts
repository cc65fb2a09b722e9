// The UUIDs that Drover makes and reads. The build puts the code of the package uuid, which is an
// ES module, in place of this import (scripts/uuid.mjs): Jest cannot load that with `require` (ADR
// 0001).
import { v4, v7, validate } from 'uuid';

// Each with its type: the package is not there for users' compilers.
/** A random one. */
export const uuidv4: () => string = v4;
/** One that begins with the time: later ones are greater. */
export const uuidv7: () => string = v7;
export const isUuid: (value: unknown) => boolean = validate;
