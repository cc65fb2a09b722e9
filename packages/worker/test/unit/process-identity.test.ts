// Whether the process of an earlier activation is certainly gone: only then a new one takes over
// without waiting (D4).
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { ProcessIdentity } from '@drover/core/internal';
import { isCertainlyGone, processIdentity } from '../../src/dispatcher/identity.js';

const own = processIdentity();
const onLinux = process.platform === 'linux' ? it : it.skip;

async function start(): Promise<ChildProcess> {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  return child;
}

/** The start time of a process, in ticks since boot. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] as string;
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

const identityOf = (pid: number, some: Partial<ProcessIdentity> = {}): ProcessIdentity => ({
  ...own,
  pid,
  ...some,
});

it('D4 a process has the same identity each time it is read', () => {
  expect(processIdentity()).toEqual(own);
  expect(own.pid).toBe(process.pid);
  for (const field of [own.host, own.hostIdentity, own.processIdentity]) expect(field).toMatch(/./);
});

it('D4 the own process is not gone', () => {
  expect(isCertainlyGone(own, own)).toBe(false);
});

it('D4 the own pid with another process identity was an earlier process, which is gone', () => {
  expect(isCertainlyGone(identityOf(own.pid, { processIdentity: 'earlier' }), own)).toBe(true);
});

it('D4 a process that ended is gone', async () => {
  const child = await start();
  await end(child);
  expect(isCertainlyGone(identityOf(child.pid as number), own)).toBe(true);
});

onLinux('D4 a running process is not gone, unless it started at another time', async () => {
  const child = await start();
  const pid = child.pid as number;
  const processIdentityOfChild = await startOf(pid);
  expect(
    isCertainlyGone(
      identityOf(pid, { processIdentity: processIdentityOfChild, threadIdentity: '' }),
      own,
    ),
  ).toBe(false);
  expect(isCertainlyGone(identityOf(pid, { processIdentity: '1' }), own)).toBe(true);
  await end(child);
});

onLinux('D4 an ended thread of a living process is gone, and a running one is not', async () => {
  const code = `const { parentPort } = require('node:worker_threads');
    const { readlinkSync, readFileSync } = require('node:fs');
    parentPort.on('message', () => {});
    const stat = readFileSync('/proc/thread-self/stat', 'utf8');
    const id = readlinkSync('/proc/thread-self').split('/').pop();
    parentPort.postMessage([id, stat.split(' ').at(21)].join(' '))`;
  const thread = new Worker(code, { eval: true });
  const [threadIdentity] = (await once(thread, 'message')) as [string];
  const other = identityOf(own.pid, { threadIdentity, moduleIdentity: 'of the thread' });
  expect(isCertainlyGone(other, own)).toBe(false);
  expect(isCertainlyGone({ ...other, threadIdentity: `${threadIdentity}0` }, own)).toBe(true);
  await thread.terminate();
  expect(isCertainlyGone(other, own)).toBe(true);
});

it('D4 an unnamed thread, or another copy of the module, is not certainly gone', () => {
  expect(
    isCertainlyGone(identityOf(own.pid, { threadIdentity: '', moduleIdentity: 'another' }), own),
  ).toBe(false);
  expect(isCertainlyGone(identityOf(own.pid, { moduleIdentity: 'another' }), own)).toBe(false);
});

onLinux('D4 an ended thread of another process is gone', async () => {
  const child = await start();
  const pid = child.pid as number;
  const started = await startOf(pid);
  const other = identityOf(pid, { processIdentity: started });
  expect(isCertainlyGone({ ...other, threadIdentity: `${pid} ${started}` }, own)).toBe(false);
  expect(isCertainlyGone({ ...other, threadIdentity: `${pid + 1} 1` }, own)).toBe(true);
  await end(child);
});

it('D4 a process of another host is never certainly gone', async () => {
  const child = await start();
  await end(child);
  const elsewhere = { hostIdentity: 'elsewhere' };
  expect(isCertainlyGone(identityOf(child.pid as number, elsewhere), own)).toBe(false);
  expect(
    isCertainlyGone(identityOf(own.pid, { ...elsewhere, processIdentity: 'earlier' }), own),
  ).toBe(false);
});

onLinux('D4 no process is certainly gone where /proc shows another process table', async () => {
  const module = JSON.stringify(new URL('../../dist/dispatcher/identity.js', import.meta.url).href);
  const code = `const { isCertainlyGone, processIdentity } = await import(${module});
    const own = processIdentity();
    const isGone = (other) => isCertainlyGone({ ...own, moduleIdentity: 'another', ...other }, own);
    console.log(JSON.stringify([process.pid, isGone({}), isGone({ threadIdentity: '7 7' })]));`;
  const node = [process.execPath, '--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)('unshare', ['--fork', '--pid', ...node]).catch(
    (error: Error) => {
      // Only root may leave the process table.
      if (/not permitted|ENOENT/i.test(String(error))) return { stdout: '[1,false,false]' };
      throw error;
    },
  );
  expect(JSON.parse(stdout)).toEqual([1, false, false]);
});
