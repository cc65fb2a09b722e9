// Simulated dispatchers: each is a connection that sends what an idle dispatcher sends.
import { connect, redisTarget, clientSettings, DispatcherStore } from '#kit/store';
import { randomUUID } from 'node:crypto';

/** Dispatchers that start at the same time. */
const AT_ONCE = 50;
/** Ms: one process simulates all of them, and is slow while they connect. */
const COMMAND_TIMEOUT = 30_000;

/** What all simulated dispatchers have in common. */
export interface Simulation {
  url: string;
  prefix: string;
  /** Ms between the pings of each. */
  interval: number;
  /** Ms. Default: five pings fit into it, as they do by default. */
  deathInterval?: number;
  /** Its agents and tasks. Default: none. */
  about?: NonNullable<Parameters<DispatcherStore['describe']>[2]>;
}

/** Adds dispatchers to those that have started, some at a time, until there are so many. */
export async function startSimulated(
  started: Simulated[],
  count: number,
  simulation: Simulation,
): Promise<void> {
  while (started.length < count) {
    const missing = Math.min(AT_ONCE, count - started.length);
    const some = Array.from({ length: missing }, () => new Simulated(simulation));
    started.push(...some);
    await Promise.all(some.map((one) => one.activate(simulation)));
  }
}

/** The load that an idle dispatcher puts on Redis. */
export class Simulated {
  readonly uuid = randomUUID();
  readonly #client;
  readonly #store: DispatcherStore;
  #timer: NodeJS.Timeout | undefined;
  latencies: number[] = [];
  /** Pings that failed, were refused, or found others dead. */
  trouble = 0;

  constructor({ url, prefix }: Simulation) {
    const settings = { ...clientSettings.dispatcher, commandTimeout: COMMAND_TIMEOUT };
    this.#client = connect(redisTarget(url), settings, () => {});
    this.#store = new DispatcherStore(this.#client, prefix);
  }

  async activate({ interval, deathInterval = 5 * interval, about }: Simulation): Promise<void> {
    const process = {
      host: 'simulated',
      hostIdentity: this.uuid,
      pid: 1,
      processIdentity: this.uuid,
      thread: 0,
      threadIdentity: '',
      moduleIdentity: '',
    };
    const reply = await this.#store.activate(
      this.uuid,
      process,
      deathInterval,
      ['scale'],
      undefined,
      about ? { about } : {},
    );
    if (!('epoch' in reply)) throw new Error('a simulated dispatcher could not be activated');
    this.#timer = setTimeout(() => {
      this.#timer = setInterval(() => void this.#ping(reply.epoch), interval);
    }, Math.random() * interval);
  }

  clear(): void {
    this.latencies = [];
    this.trouble = 0;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#client.disconnect();
  }

  async #ping(epoch: number): Promise<void> {
    const sentAt = performance.now();
    try {
      const reply = await this.#store.ping(this.uuid, epoch);
      if ('deposed' in reply || reply.overdue.length > 0) this.trouble++;
    } catch {
      this.trouble++;
    }
    this.latencies.push(performance.now() - sentAt);
  }
}
