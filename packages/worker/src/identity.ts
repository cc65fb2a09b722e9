// Who a dispatcher is: its UUID, which outlives the process, and the process, thread and copy of this package that bear it now (D1, D4).
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { threadId } from 'node:worker_threads';
import { v4 as uuidv4, validate } from 'uuid';
import { InvalidArgumentError } from '@drover/core';
import type { ProcessIdentity } from '@drover/core/internal';

const DEFAULT_FILE = 'drover-uuid.txt';
/** Another one for each copy of this module: in each thread, and in each realm of one. */
const moduleIdentity = uuidv4();

/**
 * The UUID of this dispatcher: the option, else `$DROVER_UUID` (a UUID, or the path of a file that holds one), else
 * ./drover-uuid.txt. A file that is not there is made, with a new UUID.
 * @throws InvalidArgumentError where it is not a UUID, which says where that was found.
 */
export function dispatcherUuid(option: string | undefined): string {
  if (option !== undefined) return checkUuid(option, 'the option uuid');
  const variable = process.env['DROVER_UUID'];
  if (variable && validate(variable)) return variable.toLowerCase();
  return uuidOfFile(resolve(variable || DEFAULT_FILE));
}

function uuidOfFile(path: string): string {
  if (existsSync(path)) {
    if (!statSync(path).isFile()) throw new InvalidArgumentError(`${path} must be a file that holds a UUID`);
    return checkUuid(readFileSync(path, 'utf8').trim(), path);
  }
  mkdirSync(dirname(path), { recursive: true });
  try {
    // Two processes that start at once must end up with the same one.
    writeFileSync(path, `${uuidv4()}\n`, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return checkUuid(readFileSync(path, 'utf8').trim(), path);
}

function checkUuid(uuid: unknown, where: string): string {
  if (validate(uuid)) return (uuid as string).toLowerCase();
  throw new InvalidArgumentError(`${where} does not hold a UUID, such as ${uuidv4()}`);
}

/** This process and thread, as the dispatcher's record names them. */
export function processIdentity(): ProcessIdentity {
  return {
    host: hostname(),
    hostIdentity: hostIdentity(),
    pid: process.pid,
    processIdentity: startOf('self') ?? `${process.pid}-${Math.round(performance.timeOrigin)}`,
    thread: threadId,
    threadIdentity: threadIdentity(),
    moduleIdentity,
  };
}

/**
 * Whether the process of an activation, or its thread, is certainly gone: it ran on this very host, as processes see it, and its
 * pid is free, or belongs to a process that started later; or the process lives without that thread (D4).
 */
export function isCertainlyGone(other: ProcessIdentity, own: ProcessIdentity): boolean {
  if (other.hostIdentity !== own.hostIdentity) return false;
  if (other.pid === own.pid && !isSameProcess(other, own)) return true;
  if (!isRunning(other.pid)) return true;
  const start = seesOwnProcesses() ? startOf(other.pid) : undefined;
  if (start === undefined) return false;
  return start !== other.processIdentity || isThreadGone(other);
}

/** Whether `/proc` tells of the processes that pids stand for here: a container may have that of its host. */
function seesOwnProcesses(): boolean {
  return linkOr('/proc/self') === String(process.pid);
}

/** Whether an activation was made in this process, in whichever thread. */
export function isSameProcess(other: ProcessIdentity, own: ProcessIdentity): boolean {
  return (
    other.hostIdentity === own.hostIdentity && other.pid === own.pid && other.processIdentity === own.processIdentity
  );
}

/** Whether an activation was made by this copy of this module, whose dispatchers are known here. */
export function isSameModule(other: ProcessIdentity, own: ProcessIdentity): boolean {
  return isSameProcess(other, own) && other.moduleIdentity === own.moduleIdentity;
}

/** Of a process that is there. Only what the host says for certain counts: a thread that cannot be looked at may be there. */
function isThreadGone({ pid, threadIdentity: identity }: ProcessIdentity): boolean {
  const [thread, start] = identity.split(' ');
  if (!thread || !start) return false;
  try {
    const found = readStat(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'));
    return found !== undefined && found.start !== start;
  } catch (error) {
    return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

/** This thread by the host's number, and when it started. */
function threadIdentity(): string {
  // It names the thread that asks: <pid>/task/<number>.
  const thread = basename(linkOr('/proc/thread-self'));
  const start = readStat(readOr('/proc/thread-self/stat'))?.start;
  return seesOwnProcesses() && thread && start ? `${thread} ${start}` : '';
}

/** A host by name, boot and process table: containers on one machine have each their own. */
function hostIdentity(): string {
  const parts = [hostname(), readOr('/proc/sys/kernel/random/boot_id'), linkOr('/proc/self/ns/pid')];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}

function isRunning(pid: number): boolean {
  // A process that has ended and whose parent has not asked for it yet still has its pid.
  if (seesOwnProcesses() && readStat(readOr(`/proc/${pid}/stat`))?.state === 'Z') return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** When a process started, in the kernel's ticks since boot: two processes with one pid differ in it. */
function startOf(pid: number | 'self'): string | undefined {
  return readStat(readOr(`/proc/${pid}/stat`))?.start;
}

/** What `/proc` says of a process or a thread; undefined for what cannot be read. */
function readStat(stat: string): { state: string; start: string } | undefined {
  // The second field is the program's name in parentheses, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state && start ? { state, start } : undefined;
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
