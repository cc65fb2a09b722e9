// Installs the system's package of Redis where that is possible (Debian's apt-get, as root), without starting it as a service.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

// Debian's way to say that an installation starts no service: a program that answers 101 to each question.
const policy = '/usr/sbin/policy-rc.d';

/** Whether a server may be there now. */
export function installRedis() {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).error) return false;
  console.log('drover: no Redis found: apt-get install redis-server …');
  const ours = !existsSync(policy);
  try {
    if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    return aptGet('update', '-qq') && aptGet('install', '-y', '-qq', 'redis-server');
  } catch {
    return false; // a read-only system
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { env, stdio: 'ignore' }).status === 0;
}
