// Installs packages with apt-get where this is a Debian and we are root, without starting their
// services.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

// Debian asks a program before it starts a service of a new package: the answer 101 forbids it.
const policy = '/usr/sbin/policy-rc.d';

/** Whether the installation was tried. `missing` names the program that was not found. */
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
