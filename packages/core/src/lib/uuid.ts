// The UUIDs that Drover makes and reads. The build replaces this import with the code of the
// package uuid (scripts/uuid.mjs): that is an ES module, which Jest cannot `require` (ADR 0001).
import { randomFillSync } from 'node:crypto';
import { v4, v7, validate } from 'uuid';

// The types are written out, since users' compilers do not have the package.
/** A random one. */
export const uuidv4: () => string = v4;
export const isUuid: (value: unknown) => boolean = validate;

/**
 * The UUID v7 that follows from a seed: each call gives the same one.
 * @param seed 20 bytes, such as those of a hash
 * @param msecs ms since 1970
 * @param rank from 0. Of two UUIDs of one seed that of the higher rank is greater.
 */
export function uuidv7Of(seed: Buffer, msecs: number, rank: number): string {
  return v7({ random: seed, msecs, seq: (seed.readUInt32BE(SIZE) >>> 1) + rank });
}

/** The bytes of one UUID. */
const SIZE = 16;
/** Random bytes for so many UUIDs: one call for each UUID would take most of its time. */
const random = Buffer.alloc(256 * SIZE);
let at = random.length;
/** Of the last one: its random bytes, its time, and its number within that ms. */
const last = { random: new Uint8Array(SIZE), msecs: -Infinity, seq: 0 };

/** It begins with the time. Of two that one thread makes the later one is greater. */
export function uuidv7(): string {
  if (at === random.length) {
    randomFillSync(random);
    at = 0;
  }
  const now = Date.now();
  if (now > last.msecs) {
    last.msecs = now;
    // Half of the largest number at most: it may be counted up as often within the ms.
    last.seq = random.readUInt32BE(at) >>> 1;
  } else if (++last.seq > 0xffff_ffff) {
    last.seq = 0;
    last.msecs++;
  }
  for (let i = 0; i < SIZE; i++) last.random[i] = random[at++] as number;
  return v7(last);
}
