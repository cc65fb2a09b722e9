// Installs packages of the system where that is possible (Debian's apt-get, as root), without
// starting them as services.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

// Debian's way to say that an installation starts no service: a program that answers 101 to each
// question.
const policy = '/usr/sbin/policy-rc.d';

/** Whether they may be there now. `missing`: what was not found, for people. */
export function installPackages(missing, ...packages) {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).error) return false;
  console.log(`drover: no ${missing} found: apt-get install ${packages.join(' ')} …`);
  const ours = !existsSync(policy);
  try {
    if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    return aptGet('update', '-qq') && aptGet('install', '-y', '-qq', ...packages);
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
