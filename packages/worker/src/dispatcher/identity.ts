// Which process, thread and copy of this package bear the UUID of a dispatcher now, and whether
// they are gone (D1, D4).
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { threadId } from 'node:worker_threads';
import { uuidv4, type ProcessIdentity } from '@drover/core/internal';

/** Another one for each copy of this module: in each thread, and in each realm of one. */
const moduleIdentity = uuidv4();

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
 * Whether the process of an activation, or its thread, is certainly gone: it ran on this very host,
 * as processes see it, and its pid is free, or belongs to a process that started later; or the
 * process lives without that thread (D4).
 */
export function isCertainlyGone(other: ProcessIdentity, own: ProcessIdentity): boolean {
  if (other.hostIdentity !== own.hostIdentity) return false;
  if (other.pid === own.pid && !isSameProcess(other, own)) return true;
  if (!isRunning(other.pid)) return true;
  const start = seesOwnProcesses() ? startOf(other.pid) : undefined;
  if (start === undefined) return false;
  return start !== other.processIdentity || isThreadGone(other);
}

/**
 * Whether `/proc` tells of the processes that pids stand for here: a container may have that of its
 * host.
 */
function seesOwnProcesses(): boolean {
  return linkOr('/proc/self') === String(process.pid);
}

/** Whether an activation was made in this process, in whichever thread. */
export function isSameProcess(other: ProcessIdentity, own: ProcessIdentity): boolean {
  return (
    other.hostIdentity === own.hostIdentity &&
    other.pid === own.pid &&
    other.processIdentity === own.processIdentity
  );
}

/** Whether an activation was made by this copy of this module, whose dispatchers are known here. */
export function isSameModule(other: ProcessIdentity, own: ProcessIdentity): boolean {
  return isSameProcess(other, own) && other.moduleIdentity === own.moduleIdentity;
}

/**
 * Of a process that is there. Only what the host says for certain counts: a thread that cannot be
 * looked at may be there.
 */
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
  const parts = [
    hostname(),
    readOr('/proc/sys/kernel/random/boot_id'),
    linkOr('/proc/self/ns/pid'),
  ];
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

/**
 * When a process started, in the kernel's ticks since boot: two processes with one pid differ in
 * it.
 */
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
