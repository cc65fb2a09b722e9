// The users of Redis that the guide gives, as a test sets them up.
import type { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.js';
import { password, passwordInUrl } from './secret.js';

const guide = readFileSync(join(root, 'docs/guides/operating.md'), 'utf8');

/** The lines of the guide: copied, they are all that has to be set. */
export const documentedRules = [...guide.matchAll(/^ACL SETUSER (\S+) (.*)$/gm)].map(
  ([, user = '', rules = '']) => [user, ...rules.replace('>change-me', `>${password}`).split(' ')],
);

/** Sets the users up in a server, where only they work from then on; gives the URL of each. */
export async function documentedUsers(
  admin: Redis,
  url: string,
): Promise<(user: string) => string> {
  for (const [user = '', ...rules] of documentedRules) await admin.acl('SETUSER', user, ...rules);
  await admin.acl('SETUSER', 'default', 'off');
  return (user) => url.replace('redis://', `redis://${user}:${passwordInUrl}@`);
}
