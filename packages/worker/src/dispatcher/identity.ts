// Identifies the process, thread and copy of this package that an activation runs in, and finds out
// whether they are gone (D1, D4).
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { ProcessIdentity } from '@drover/core/internal';

/** Each copy of this module, in each thread and realm, has its own. */
const moduleIdentity = randomUUID();

/** The identity that a dispatcher's record stores. */
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
 * Whether the process or thread of an activation is certainly gone (D4). It must have run on this
 * host, in the same process table. Its pid is free, or belongs to a process that started later; or
 * the process lives without that thread.
 */
export function isCertainlyGone(other: ProcessIdentity, own: ProcessIdentity): boolean {
  if (other.hostIdentity !== own.hostIdentity) return false;
  if (other.pid === own.pid && !isSameProcess(other, own)) return true;
  if (!isRunning(other.pid)) return true;
  const start = seesOwnProcesses() ? startOf(other.pid) : undefined;
  if (start === undefined) return false;
  return start !== other.processIdentity || isThreadGone(other);
}

/** Whether `/proc` shows the process table of this process: a container may mount its host's. */
function seesOwnProcesses(): boolean {
  return linkOr('/proc/self') === String(process.pid);
}

/** Whether an activation was made in this process, in any thread. */
export function isSameProcess(other: ProcessIdentity, own: ProcessIdentity): boolean {
  return (
    other.hostIdentity === own.hostIdentity &&
    other.pid === own.pid &&
    other.processIdentity === own.processIdentity
  );
}

/** Whether an activation was made by this copy of this module. */
export function isSameModule(other: ProcessIdentity, own: ProcessIdentity): boolean {
  return isSameProcess(other, own) && other.moduleIdentity === own.moduleIdentity;
}

/** Whether a living process has lost that thread. False if `/proc` does not show its threads. */
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

/** The kernel's number of this thread, and its start; empty if unknown. */
function threadIdentity(): string {
  // A link to <pid>/task/<number>.
  const thread = basename(linkOr('/proc/thread-self'));
  const start = readStat(readOr('/proc/thread-self/stat'))?.start;
  return seesOwnProcesses() && thread && start ? `${thread} ${start}` : '';
}

/** A host by name, boot and process table: each container on a machine is a host of its own. */
function hostIdentity(): string {
  const parts = [
    hostname(),
    readOr('/proc/sys/kernel/random/boot_id'),
    linkOr('/proc/self/ns/pid'),
  ];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}

function isRunning(pid: number): boolean {
  // A zombie has ended, and keeps its pid until its parent reads the exit code.
  if (seesOwnProcesses() && readStat(readOr(`/proc/${pid}/stat`))?.state === 'Z') return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** The start of a process in ticks since boot. It tells two processes with the same pid apart. */
function startOf(pid: number | 'self'): string | undefined {
  return readStat(readOr(`/proc/${pid}/stat`))?.start;
}

/** Parses the `stat` of a process or thread; undefined if it could not be read. */
function readStat(stat: string): { state: string; start: string } | undefined {
  // The second field is the program's name in parentheses, which may contain spaces.
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
