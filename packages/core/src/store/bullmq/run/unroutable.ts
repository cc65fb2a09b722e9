// Unroutable jobs: some processes do not know their task, their policy or a codec. A process that
// knows it claims them (B1).
import type { Unroutable } from '../../../model/lane-store.js';
import type { RedisClient } from '../../../redis/connection.js';
import { isObject, orUndefined, parsed } from '../record-checks.js';
import type { LaneKeys } from '../keys.js';
import { LOCK_DURATION } from '../lock.js';
import { runScript } from '../scripts/run-script.js';
import { typed } from '../scripts/store-errors.js';

/** One claim looks at so many. */
const PAGE = 200;

/** Claims an unroutable job of a lane, where `isKnown` says that this process knows its need. */
export async function claimUnroutable(
  client: RedisClient,
  keys: LaneKeys,
  { token, owner, now }: { token: string; owner: string; now: number },
  isKnown: (needs: string) => boolean,
): Promise<[fields: string[], id: string] | undefined> {
  const unknown = keys.list('unknown');
  const [, flat] = await typed(() => client.hscan(unknown, '0', 'COUNT', PAGE));
  for (let i = 0; i < flat.length; i += 2) {
    const id = flat[i] as string;
    const entry = orUndefined(() =>
      parsed('unknown', flat[i + 1], isObject<Partial<Unroutable & { claims: string }>>),
    );
    if (!isKnown(String(entry?.needs))) continue;
    const scriptKeys = [unknown, keys.job(id)];
    const args = [id, keys.base, token, owner, LOCK_DURATION, now, String(entry?.claims)];
    const claiming = () => runScript(client, 'claimUnroutable', scriptKeys, args);
    const fields = (await typed(claiming)) as string[] | null;
    if (fields) return [fields, id];
  }
  return undefined;
}
