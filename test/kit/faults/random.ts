// Random numbers that a seed gives again.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export class Random {
  readonly #generator;

  /** @param seed any number. `stream`: others that come from the same seed. */
  constructor(seed: number, stream = 0) {
    this.#generator = xoroshiro128plus((seed ^ Math.imul(stream + 1, 0x9e3779b1)) | 0);
    for (let i = 0; i < 8; i++) this.fraction(); // seeds that are near each other begin alike
  }

  /** From 0 to 1, without 1. */
  fraction(): number {
    return uniformFloat64(this.#generator);
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return uniformInt(this.#generator, from, to);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.between(0, items.length - 1)] as T;
  }
}
