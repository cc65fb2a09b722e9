// Looks at Redis all the time while things go wrong: no quota may be passed, and nothing may stay
// without a live owner for long.
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Violation } from './check/violation.js';
import { Watch, type Look } from './check/watch.js';
import { LANES, QUOTAS } from './plan.js';

/**
 * One look, in one step. An owner is live where its record says so; what is held by its interrupt
 * is that one's business. A dispatcher that was without a ping for some time declares no other one
 * dead for some time more: only those whose pings come steadily can look after the dead.
 */
const LOOK = `
  local prefix, queue, quotas, lanes, steady = ARGV[1], ARGV[2], cjson.decode(ARGV[3]), cjson.decode(ARGV[4]), tonumber(ARGV[5])
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
    local base = prefix .. ':' .. lane .. ':'
    for _, id in ipairs(redis.call('LRANGE', base .. 'active', 0, -1)) do
      local token = redis.call('GET', base .. id .. ':lock') or ''
      local uuid, epoch = string.match(token, '^([^:]+):(%d+):[%d.]+$')
      if token == '' or (uuid and not isLive(uuid, epoch)) then orphans[#orphans + 1] = base .. id .. ' ' .. token end
    end
    for _, id in ipairs(redis.call('ZRANGE', base .. 'waiting-children', 0, -1)) do
      local owner = redis.call('HGET', base .. id, 'waitingOwner') or ''
      local uuid, epoch = string.match(owner, '^([^:]+):(%d+)$')
      if uuid and not isLive(uuid, epoch) then orphans[#orphans + 1] = base .. id .. ' ' .. owner end
    end
  end
  for _, uuid in ipairs(redis.call('ZRANGE', prefix .. ':dispatchers', 0, -1)) do
    local epoch, lastPing = unpack(redis.call('HMGET', prefix .. ':dispatcher:' .. uuid, 'epoch', 'lastPing'))
    if isLive(uuid, epoch) and now - tonumber(lastPing) <= steady then live[#live + 1] = uuid .. ':' .. epoch end
  end
  return { held, orphans, live }
`;

const INTERVAL = 40;

export class Sampler {
  readonly #redis: Redis;
  readonly #watch: Watch;
  #isOver = false;
  #sampling: Promise<void> | undefined;

  constructor(
    url: string,
    private readonly place: LookedAt & { pingInterval: number },
  ) {
    this.#redis = new Redis(url, {
      maxRetriesPerRequest: 0,
      commandTimeout: 1_000,
      retryStrategy: () => 50,
    });
    this.#redis.on('error', () => {});
    this.#watch = new Watch(place.deathInterval);
  }

  get violations(): readonly Violation[] {
    return this.#watch.violations;
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
    while (!this.#isOver) {
      const asked = performance.now();
      try {
        const look = await lookAt(this.#redis, this.place);
        // On a machine that is so busy pings time out as well, and who cannot ping finds nobody
        // dead.
        if (performance.now() - asked > this.place.pingInterval) this.#watch.nothingSeen();
        this.#watch.look(look, performance.now());
      } catch {
        this.#watch.nothingSeen();
      }
      await setTimeout(INTERVAL);
    }
  }
}

interface LookedAt {
  prefix: string;
  /** That with quotas. */
  queue: string;
  queues: readonly string[];
  deathInterval: number;
}

export async function lookAt(
  redis: Redis,
  { prefix, queue, queues, deathInterval }: LookedAt,
): Promise<Look> {
  const ends = [
    '',
    '/system',
    ...LANES.filter((lane) => lane !== 'main').map((lane) => `/${lane}`),
  ];
  const lanes = queues.flatMap((name) => ends.map((end) => `${name}${end}`));
  const args = [
    prefix,
    queue,
    JSON.stringify(Object.keys(QUOTAS)),
    JSON.stringify(lanes),
    deathInterval / 2,
  ];
  const [held, orphans, live] = (await redis.eval(LOOK, 0, ...args)) as [
    number[],
    string[],
    string[],
  ];
  return { held, orphans, live };
}
