// Several copies of Drover's packages may be loaded in one realm, such as two in different
// node_modules (ADR 0001). Tasks, `local` and the classes of jobs must exist once: the first copy
// of a version serves all copies of that version.

const SLOT: unique symbol = Symbol.for('drover.packages');
const CORE = '@drover/core';

/** One version of a package: what its entry points export, by entry. */
interface Copy {
  version: string;
  /** The file that the copy was loaded from. */
  place: string;
  entries: Readonly<Record<string, object>>;
}

/** The version of the package of this module; empty where no entry point was loaded. */
let ownVersion = '';

export function droverVersion(): string {
  return ownVersion;
}

type Copies = Map<string, Copy[]>;

/**
 * The exports of a package's entry points: those of the copy of this version that was loaded first.
 * Copies of different versions stay apart, and a warning of the process names the versions.
 */
export function firstCopy<E extends Readonly<Record<string, object>>>(
  name: string,
  version: string,
  place: string,
  entries: E,
): E {
  if (name === CORE) ownVersion = version;
  const copies = copiesOf(name);
  const first = copies.find((copy) => copy.version === version);
  if (first) return first.entries as E;
  copies.push({ version, place, entries });
  if (copies.length > 1) {
    const found = copies.map((copy) => `${copy.version} (${copy.place})`).join(' and ');
    process.emitWarning(
      `${name} is loaded in several versions: ${found}. ` +
        'Each has tasks, queues and dispatchers of its own, which are unknown to the others. ' +
        `Install one: see \`npm ls ${name}\``,
      { code: 'DROVER_SEVERAL_VERSIONS' },
    );
  }
  return entries;
}

/**
 * Names the loaded versions of this package, and what to do, where there are several; else empty.
 * For errors that several versions in one process may cause.
 */
export function severalVersions(): string {
  const copies = copiesOf(CORE);
  if (copies.length < 2) return '';
  const versions = copies.map(({ version }) => version).join(' and ');
  return (
    ` (${CORE} is loaded in the versions ${versions}, which know nothing of each other: ` +
    `see \`npm ls ${CORE}\`)`
  );
}

function copiesOf(name: string): Copy[] {
  const all = globalThis as { [SLOT]?: Copies };
  const packages = (all[SLOT] ??= new Map());
  const copies = packages.get(name) ?? [];
  packages.set(name, copies);
  return copies;
}
