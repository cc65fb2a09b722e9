// The index: how often each term occurs, and the hash of each file.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Both lists are sorted, so that two indexes of the same files are deeply equal. */
export interface TextIndex {
  terms: [term: string, count: number][];
  files: [path: string, sha256: string][];
}

/** Collects an index, from files or from other indexes. */
export class IndexBuilder {
  // Maps: "constructor" is a term like any other.
  readonly #terms = new Map<string, number>();
  readonly #files = new Map<string, string>();

  /** Reads, tokenises, counts and hashes one file. */
  async addFile(directory: string, path: string): Promise<void> {
    const content = await readFile(join(directory, path));
    this.#files.set(path, createHash('sha256').update(content).digest('hex'));
    for (const term of content
      .toString('utf8')
      .toLowerCase()
      .match(/\p{L}[\p{L}\p{N}]*/gu) ?? [])
      this.#add(term, 1);
  }

  /** @throws Error for a file that is in it already: its terms would count twice. */
  addIndex({ terms, files }: TextIndex): void {
    for (const [path, hash] of files) {
      if (this.#files.has(path)) throw new Error(`${path} was indexed twice`);
      this.#files.set(path, hash);
    }
    for (const [term, count] of terms) this.#add(term, count);
  }

  build(): TextIndex {
    return { terms: sorted(this.#terms), files: sorted(this.#files) };
  }

  #add(term: string, count: number): void {
    this.#terms.set(term, (this.#terms.get(term) ?? 0) + count);
  }
}

/** Computes the index of all files in this process. The workers' index must be equal to it. */
export async function computeDirectly(
  directory: string,
  files: readonly string[],
): Promise<TextIndex> {
  const builder = new IndexBuilder();
  for (const file of files) await builder.addFile(directory, file);
  return builder.build();
}

function sorted<V>(map: ReadonlyMap<string, V>): [string, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
