// Looks at Redis all the time while things go wrong: no quota may be passed, and nothing may stay without a live owner for long.
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Violation } from './check/violation.js';
import { LANES, QUOTAS } from './plans.js';

/** One look, in one step. An owner is live where its record says so; what is held by its interrupt is that one's business. */
const LOOK = `
  local prefix, queue, quotas, lanes = ARGV[1], ARGV[2], cjson.decode(ARGV[3]), cjson.decode(ARGV[4])
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local function isLive(uuid, epoch)
    local record = redis.call('HMGET', prefix .. ':dispatcher:' .. uuid, 'status', 'epoch', 'lastPing', 'deathInterval')
    return record[1] == 'active' and record[2] == epoch and now - tonumber(record[3]) <= tonumber(record[4])
  end
  local held, orphans, live = {}, {}, {}
  for _, name in ipairs(quotas) do
    held[#held + 1] = redis.call('HLEN', prefix .. ':' .. queue .. ':quota:' .. name .. ':holders')
  end
  for _, lane in ipairs(lanes) do
    local base = prefix .. ':' .. queue .. lane .. ':'
    for _, id in ipairs(redis.call('LRANGE', base .. 'active', 0, -1)) do
      local token = redis.call('GET', base .. id .. ':lock') or ''
      local uuid, epoch = string.match(token, '^([^:]+):(%d+):%d+$')
      if token == '' or (uuid and not isLive(uuid, epoch)) then orphans[#orphans + 1] = base .. id .. ' ' .. token end
    end
    for _, id in ipairs(redis.call('ZRANGE', base .. 'waiting-children', 0, -1)) do
      local owner = redis.call('HGET', base .. id, 'waitingOwner') or ''
      local uuid, epoch = string.match(owner, '^([^:]+):(%d+)$')
      if uuid and not isLive(uuid, epoch) then orphans[#orphans + 1] = base .. id .. ' ' .. owner end
    end
  end
  for _, uuid in ipairs(redis.call('ZRANGE', prefix .. ':dispatchers', 0, -1)) do
    local epoch = redis.call('HGET', prefix .. ':dispatcher:' .. uuid, 'epoch')
    if isLive(uuid, epoch) then live[#live + 1] = uuid .. ':' .. epoch end
  end
  return { held, orphans, live }
`;

const INTERVAL = 40;
/** A death, a cleaner that dies as well, an audit; and what a busy machine adds. */
const ORPHANED_FOR = (deathInterval: number): number => 3 * deathInterval + 10_000;

export class Sampler {
  readonly violations: Violation[] = [];
  samples = 0;
  readonly #redis: Redis;
  readonly #orphans = new Map<string, number>();
  readonly #live = new Map<string, number>();
  #isOver = false;
  #sampling: Promise<void> | undefined;

  constructor(
    url: string,
    private readonly place: { prefix: string; queue: string; deathInterval: number },
  ) {
    this.#redis = new Redis(url, { maxRetriesPerRequest: 0, commandTimeout: 1_000, retryStrategy: () => 50 });
    this.#redis.on('error', () => {});
  }

  start(): void {
    this.#sampling = this.#sample();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#sampling;
    this.#redis.disconnect();
  }

  async #sample(): Promise<void> {
    const { prefix, queue } = this.place;
    const lanes = ['', '/system', ...LANES.filter((lane) => lane !== 'main').map((lane) => `/${lane}`)];
    const args = [prefix, queue, JSON.stringify(Object.keys(QUOTAS)), JSON.stringify(lanes)];
    while (!this.#isOver) {
      try {
        const reply = await this.#redis.eval(LOOK, 0, ...args);
        this.samples++;
        this.#look(...(reply as [number[], string[], string[]]));
      } catch {
        // Redis is away: so are the cleaners.
        this.#live.clear();
      }
      await setTimeout(INTERVAL);
    }
  }

  #look(held: readonly number[], orphans: readonly string[], live: readonly string[]): void {
    const now = performance.now();
    for (const [i, [name, size]] of Object.entries(QUOTAS).entries()) {
      const count = held[i] ?? 0;
      if (count > size) this.violations.push({ rule: 'Q5', what: `quota ${name} of ${size} is held by ${count} jobs` });
    }
    keep(this.#live, live, now);
    keep(this.#orphans, orphans, now);
    const since = Math.min(...this.#live.values());
    for (const [orphan, seen] of this.#orphans) {
      const ms = now - Math.max(seen, since);
      if (ms < ORPHANED_FOR(this.place.deathInterval)) continue;
      this.#orphans.set(orphan, Infinity); // said once
      const [key = '', owner] = orphan.split(' ');
      const what = `for ${Math.round(ms)} ms it has been held by ${owner || 'nobody'}, who does not live, while others did`;
      this.violations.push({ rule: 'I1', job: key.slice(key.lastIndexOf(':') + 1), what });
    }
  }
}

/** What is there now, with when it was first seen; what is not there any more is forgotten. */
function keep(seen: Map<string, number>, there: readonly string[], now: number): void {
  const names = new Set(there);
  for (const name of seen.keys()) if (!names.has(name)) seen.delete(name);
  for (const name of names) if (!seen.has(name)) seen.set(name, now);
}
