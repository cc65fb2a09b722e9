// The users of Redis that the guide gives, as a test sets them up.
import type { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.js';
import { password, passwordInUrl } from './secret.js';

/** The lines of a guide: copied, they are all that has to be set. */
function rulesIn(page: string): string[][] {
  const text = readFileSync(join(root, 'docs/guides', page), 'utf8');
  return [...text.matchAll(/^ACL SETUSER (\S+) (.*)$/gm)].map(([, user = '', rules = '']) => [
    user,
    ...rules.replace('>change-me', `>${password}`).split(' '),
  ]);
}

export const documentedRules = rulesIn('operating.md');
/** Of a user that only looks. */
export const monitorRules = rulesIn('monitor.md');

/** Sets the users up in a server, where only they work from then on; gives the URL of each. */
export async function documentedUsers(
  admin: Redis,
  url: string,
  users = documentedRules,
): Promise<(user: string) => string> {
  for (const [user = '', ...rules] of users) await admin.acl('SETUSER', user, ...rules);
  await admin.acl('SETUSER', 'default', 'off');
  return (user) => url.replace('redis://', `redis://${user}:${passwordInUrl}@`);
}
