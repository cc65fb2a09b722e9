// Finds the UUID of a dispatcher, which outlives its process: the option, `$DROVER_UUID`, or a file
// that is created on the first start (D1). Each error names the setting, and says what to do.
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError } from '@drover/core';
import { isUuid, describeValue } from '@drover/core/internal';

const DEFAULT_FILE = 'drover-uuid.txt';

/** A UUID, and the setting that gave it, in the words of a message. */
export interface DispatcherUuid {
  uuid: string;
  from: string;
}

/** A file for a UUID, and the setting that names it. */
interface UuidFile {
  path: string;
  setting: string;
}

/**
 * The option, else `$DROVER_UUID` (a UUID, or the path of a file that contains one), else the file
 * ./drover-uuid.txt. A missing file is created, with a new UUID.
 * @throws InvalidArgumentError if the value is no UUID, or the file cannot be read or created
 */
export function dispatcherUuid(option: string | undefined): DispatcherUuid {
  if (option !== undefined) {
    if (!isUuid(option))
      throw new InvalidArgumentError(
        `the option uuid does not hold a UUID, such as ${randomUUID()}, but ${describeValue(option)}`,
      );
    return { uuid: option.toLowerCase(), from: 'the option uuid' };
  }
  const variable = process.env['DROVER_UUID'];
  if (variable && isUuid(variable)) return { uuid: variable.toLowerCase(), from: '$DROVER_UUID' };
  const setting = variable
    ? 'the file that $DROVER_UUID names'
    : 'the default, since neither the option uuid nor $DROVER_UUID is set';
  const name = variable || DEFAULT_FILE;
  // `resolve` throws if the working folder was removed.
  const path = doing('read', { path: name, setting }, () => resolve(name));
  if (variable && !isPath(variable) && !existsSync(path))
    throw new InvalidArgumentError(
      `$DROVER_UUID is ${describeValue(variable)}, which is neither a UUID, such as ${randomUUID()}, ` +
        'nor the path of a file. ' +
        `If a file of that name is to be made, write ./${variable}`,
    );
  return { uuid: uuidOfFile({ path, setting }), from: `${path} (${setting})` };
}

/** A bare word is more likely a misspelt UUID, or the name of a host. */
function isPath(text: string): boolean {
  return /[/\\]|\.[a-z]\w*$/i.test(text);
}

function uuidOfFile(file: UuidFile): string {
  if (!doing('read', file, () => existsSync(file.path))) doing('made', file, () => make(file.path));
  const { path, setting } = file;
  if (!doing('read', file, () => statSync(path).isFile()))
    throw new InvalidArgumentError(
      `${path} must be a file that holds a UUID (${setting}), but it is a folder. ` +
        `Name a file in it: ${resolve(path, DEFAULT_FILE)}`,
    );
  const uuid = doing('read', file, () => readFileSync(path, 'utf8')).trim();
  if (isUuid(uuid)) return uuid.toLowerCase();
  throw new InvalidArgumentError(
    `${path} does not hold a UUID (${setting}). ` +
      `Write one into it, such as ${randomUUID()}; or remove the file, and a new one is made`,
  );
}

/** Creates the file by a link, so that no process that starts at the same time reads it half. */
function make(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const uuid = randomUUID();
  const unfinished = `${path}.${uuid}`;
  writeFileSync(unfinished, `${uuid}\n`, { flag: 'wx' });
  try {
    linkSync(unfinished, path);
  } catch (error) {
    // If the file does not exist now, the file system has no links.
    if (!existsAlready(error)) writeFirst(path, uuid);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

function writeFirst(path: string, uuid: string): void {
  try {
    writeFileSync(path, `${uuid}\n`, { flag: 'wx' });
  } catch (error) {
    if (!existsAlready(error)) throw error;
  }
}

function existsAlready(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

/** Adds the setting and the cure to an error of the file system. */
function doing<T>(what: 'read' | 'made', { path, setting }: UuidFile, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new InvalidArgumentError(
      `the file with the UUID of this dispatcher, ${path} (${setting}), cannot be ${what}: ` +
        `${(cause as Error).message}. ` +
        `Let this process read and write it; or set $DROVER_UUID to a UUID, such as ${randomUUID()}, ` +
        'or to the path of a file on a disk that this process may write to',
      { cause },
    );
  }
}
