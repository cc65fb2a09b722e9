// Finds the text files of a directory, and divides them into batches.
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The files to index. */
export interface Source {
  /** An absolute path. */
  directory: string;
  /** Only files whose names say that they are documentation; otherwise all text files. */
  documentationOnly: boolean;
}

/** With these limits the demo ends also for a whole home directory. */
export const MAX_FILES = 5_000;
const MAX_BYTES = 1_000_000;
/** About so many batches: enough to interrupt some, few enough for a demo. */
const MAX_BATCHES = 60;

const DOCUMENTATION =
  /\.(md|markdown|txt)$|^(readme|licen[cs]e|changelog|history|authors|notice)[^.]*$/i;

/** The paths, relative to the directory, in an order that does not depend on the file system. */
export async function findTextFiles(source: Source): Promise<string[]> {
  const files: string[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    if (files.length >= MAX_FILES) break;
    for (const entry of await entriesOf(join(source.directory, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && isWanted(entry.name, source)) folders.push(path);
      else if (entry.isFile() && (await isText(source, path, entry.name))) files.push(path);
    }
  }
  return files.sort().slice(0, MAX_FILES);
}

/** One file for each batch, or more if there are many files. */
export function toBatches(files: readonly string[]): string[][] {
  const size = Math.ceil(files.length / MAX_BATCHES);
  const batches: string[][] = [];
  for (let i = 0; i < files.length; i += size) batches.push(files.slice(i, i + size));
  return batches;
}

async function entriesOf(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isWanted(folder: string, { documentationOnly }: Source): boolean {
  return !folder.startsWith('.') && (documentationOnly || folder !== 'node_modules');
}

async function isText(
  { directory, documentationOnly }: Source,
  path: string,
  name: string,
): Promise<boolean> {
  if (name.startsWith('.') || (documentationOnly && !DOCUMENTATION.test(name))) return false;
  try {
    const full = join(directory, path);
    return (await stat(full)).size <= MAX_BYTES && (await beginsAsText(full));
  } catch {
    // An unreadable file is left out by every reader.
    return false;
  }
}

/** A text holds no zero byte; most other files have one near their beginning. */
async function beginsAsText(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4_096), 0, 4_096, 0);
    return !buffer.subarray(0, bytesRead).includes(0);
  } finally {
    await file.close();
  }
}
