// Writes values as JSON and reads them back: plain JSON as it is, everything else with a tag (J4).
// ADR 0008 gives the reasons.
import './binary.js';
import type { Root } from './path.js';
import { isPlain } from './plain.js';
import { damaged, Reader } from './reader.js';
import type { ReviveJob } from './stored-jobs.js';
import { TAG } from './tag.js';
import { Writer, type WriteJob } from './writer.js';

/**
 * The JSON of `value`. `root` names it in errors, such as `args`; `writeJob` returns the stored
 * form of a job in it. Default: the job's own method.
 * @throws SerializationError, with the path, where the value holds something that cannot be read
 *   back.
 */
export function encode(value: unknown, root: Root, writeJob?: WriteJob): string {
  return JSON.stringify(isPlain(value) ? value : toTagged(value, root, writeJob));
}

/** The tree of a value that is not plain JSON. @throws as `encode` */
export function toTagged(value: unknown, root: Root, writeJob?: WriteJob): unknown {
  return new Writer(root, writeJob).write(value);
}

/**
 * The value of `json`; jobs in it are made by `reviveJob`.
 * @throws SerializationError where it is damaged, or newer; UnknownCodecError
 */
export function decode(json: string, reviveJob: ReviveJob): unknown {
  const tree = parse(json);
  return mayHoldTags(json) ? fromTree(tree, reviveJob) : tree;
}

/** The value of a tree that was parsed. Reading changes the tree. */
export function fromTree(tree: unknown, reviveJob: ReviveJob): unknown {
  return new Reader(reviveJob).read(tree);
}

/** Whether there may be anything but plain JSON in it. */
function mayHoldTags(json: string): boolean {
  return json.includes(`"${TAG}"`);
}

/** The error of JSON.parse is not passed on: it may quote the text. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw damaged();
  }
}
