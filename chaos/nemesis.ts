// Faults by a seed: one thing after another, until the time is up.
import type { RedisServer } from '#kit/redis-server';
import { Random } from '#kit/faults/random';
import type { Weather } from '#kit/fault-proxy';
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Agents } from './agents.js';
import type { Fleet, Slot } from './fleet.js';
import { Pending } from './pending.js';

export interface NemesisPlace {
  fleet: Fleet;
  server: RedisServer;
  redis: Redis;
  /** The producer's way to Redis. */
  producer: { setWeather(weather: Weather): void; silence(): number; heal(): void };
  /** Changes the agents of workers; not of BullMQ's own. */
  agents?: Pick<Agents, 'change'>;
  deathInterval: number;
  /** Redis comes back with an older state, where it is killed. */
  restores: boolean;
}

/** How often each thing has happened. */
export type Deeds = Record<Deed, number>;
export type Deed = keyof typeof WEIGHTS;

/** How likely each is to be next. */
const WEIGHTS = {
  kill: 5,
  stop: 3,
  'stop with grace': 2,
  terminate: 1,
  pause: 4,
  weather: 12,
  'black hole': 2,
  cut: 3,
  silence: 2,
  'bad weather for the producer': 2,
  'silence for the producer': 1,
  'Redis killed': 1,
  'scripts flushed': 3,
  'wrong clock': 2,
  'agent changed by itself': 3,
  'agent changed by another': 3,
} as const;

const OF_WORKERS = new Set<Deed>([
  'kill',
  'stop',
  'stop with grace',
  'terminate',
  'pause',
  'wrong clock',
  'agent changed by itself',
  'agent changed by another',
]);
const OF_AGENTS = new Set<Deed>(['agent changed by itself', 'agent changed by another']);
const HOUR = 3_600_000;
/** Of its random numbers: others of the same seed stand below. */
const FIRST_STREAM = 100_000;

export class Nemesis {
  /** ms for all that is under way when its time is up, such as a pause, or a restart of Redis. */
  static readonly LAST = 60_000;

  readonly deeds = Object.fromEntries(Object.keys(WEIGHTS).map((deed) => [deed, 0])) as Deeds;
  /** How often Redis has lost what it had acknowledged. */
  restored = 0;
  readonly #pending = new Pending();
  #isOver = false;

  constructor(
    private readonly place: NemesisPlace,
    private readonly seed: number,
  ) {}

  /** Does harm for so many ms; resolves when nothing of it is under way any more. */
  async rage(ms: number): Promise<void> {
    const end = performance.now() + ms;
    for (let n = 1; performance.now() < end; n++) {
      // Each deed has random numbers of its own: what one of them meets changes nothing for the
      // others.
      const random = new Random(this.seed, FIRST_STREAM + n);
      await setTimeout(random.between(30, 400));
      const chosen = choose(random, this.place.agents !== undefined);
      // Often enough for a short run.
      const deed = this.place.restores && chosen === 'scripts flushed' ? 'Redis killed' : chosen;
      const doing = this.#do(deed, random).catch(() => {});
      this.#pending.add(deed, doing);
      if (deed === 'Redis killed') await doing;
    }
    this.#isOver = true;
    const late = await this.#pending.end(Nemesis.LAST / 2);
    if (late.length > 0)
      throw new Error(`the nemesis does not end, but is still at this: ${late.join(', ')}`);
  }

  async #do(deed: Deed, random: Random): Promise<void> {
    const { fleet, server, redis, producer, agents, deathInterval } = this.place;
    const slot = victim(fleet.slots, random);
    if (!isActive(slot) && OF_WORKERS.has(deed)) return;
    this.deeds[deed]++;
    switch (deed) {
      case 'kill':
        await slot.kill();
        return await this.#startAgain(slot, random);
      case 'stop':
        slot.stop(0);
        return await this.#startAgain(slot, random);
      case 'stop with grace':
        slot.stop(random.between(50, 1_000));
        return await this.#startAgain(slot, random);
      case 'terminate':
        await slot.kill('SIGTERM');
        return await this.#startAgain(slot, random);
      case 'pause':
        slot.pause();
        await setTimeout(random.between(100, 3 * deathInterval));
        return slot.goOn();
      case 'weather':
        slot.proxy.setWeather(weather(random));
        await setTimeout(random.between(500, 3_000));
        return slot.proxy.setWeather({});
      case 'black hole':
        slot.proxy.blackHole();
        await setTimeout(random.between(100, 3 * deathInterval));
        return slot.proxy.heal();
      case 'cut':
        return slot.proxy.cut();
      case 'silence':
        return void slot.proxy.silence();
      case 'silence for the producer':
        return void producer.silence();
      case 'bad weather for the producer':
        producer.setWeather(weather(random));
        await setTimeout(random.between(200, 1_000));
        return producer.setWeather({});
      case 'Redis killed':
        if (this.place.restores) return await this.#restore(random);
        await server.kill();
        await setTimeout(random.between(0, 1_000));
        return await server.restart();
      case 'scripts flushed':
        await redis.script('FLUSH');
        return;
      case 'wrong clock': {
        await slot.kill();
        slot.start((random.chance(0.5) ? 1 : -1) * random.between(1, 5) * HOUR);
        return;
      }
      case 'agent changed by itself':
        return await agents?.change(slot, random, 'itself');
      case 'agent changed by another':
        return await agents?.change(slot, random, 'another');
    }
  }

  /**
   * Redis goes on for a while, is killed, and comes back as it was before that: the rest of its
   * append-only file is lost.
   */
  async #restore(random: Random): Promise<void> {
    const { redis, server } = this.place;
    const [, dir = ''] = (await redis.config('GET', 'dir')) as [string, string];
    const [kept, older] = [join(dir, 'appendonlydir'), join(dir, 'older')];
    await rm(older, { recursive: true, force: true });
    await cp(kept, older, { recursive: true });
    await setTimeout(random.between(200, 2_500));
    await server.kill();
    await rm(kept, { recursive: true });
    await rename(older, kept);
    this.restored++;
    await server.restart();
  }

  /** At once, later, or never: then another one comes in its place. */
  async #startAgain(slot: Slot, random: Random): Promise<void> {
    const when = random.pick(['at once', 'later', 'never'] as const);
    const delay = when === 'at once' ? 0 : random.between(200, 2 * this.place.deathInterval);
    await slot.ended(5_000);
    if (!this.#isOver) await setTimeout(delay);
    if (when === 'never') slot.replace();
    slot.start();
  }
}

function choose(random: Random, hasAgents: boolean): Deed {
  const all = Object.entries(WEIGHTS) as [Deed, number][];
  const deeds = all.filter(([deed]) => hasAgents || !OF_AGENTS.has(deed));
  const sum = deeds.reduce((sum, [, weight]) => sum + weight, 0);
  let rest = random.between(1, sum);
  return deeds.find(([, weight]) => (rest -= weight) <= 0)?.[0] ?? 'kill';
}

function isActive({ isActive, isRunning }: Slot): boolean {
  return isActive && isRunning;
}

/**
 * The one that the numbers say, or the next one that is active, if any. A process that has just
 * been started is given the time to become active: on a busy machine, nothing else would happen.
 */
function victim(slots: readonly Slot[], random: Random): Slot {
  const first = random.pick(slots);
  return [...slots.slice(first.number), ...slots.slice(0, first.number)].find(isActive) ?? first;
}

function weather(random: Random): Weather {
  const chance = (): number => (random.chance(0.4) ? 0 : random.between(2, 25) / 100);
  return {
    loseRequest: chance(),
    loseReply: chance(),
    cut: chance() / 2,
    delay: chance(),
    error: chance(),
  };
}
