// The two processes of one side, a producer and a worker: started, timed, ended together.
import type { ProducerCalls, WorkerCalls } from './processes/calls.js';
import { Child } from './processes/child.js';
import type { BenchRedis } from './redis.js';
import type { SideName } from './sides/side.js';

/** One side's place for all measurements of a scenario. */
export interface Place {
  side: SideName;
  redis: BenchRedis;
  /** Fresh; all keys below it are deleted afterwards. */
  prefix: string;
}

/** CPU time of each process; it hardly changes with what else the machine does. */
export interface Cpu {
  worker: number;
  producer: number;
  redis: number;
}

export interface Lap {
  seconds: number;
  /** CPU seconds. */
  cpu: Cpu;
}

export class Pair {
  readonly worker: Child<WorkerCalls>;
  readonly producer: Child<ProducerCalls>;
  readonly #redis: BenchRedis;

  private constructor({ side, redis }: Place) {
    this.worker = new Child('worker', `the worker process of ${side}`);
    this.producer = new Child('producer', `the producer process of ${side}`);
    this.#redis = redis;
  }

  /** Resolves when the worker takes jobs, so many at a time. */
  static async start(place: Place, concurrency: number): Promise<Pair> {
    const pair = new Pair(place);
    const { side, prefix } = place;
    const options = { side, prefix, url: place.redis.url };
    try {
      await Promise.all([
        pair.worker.call('start', { ...options, concurrency }),
        pair.producer.call('start', options),
      ]);
      return pair;
    } catch (error) {
      await pair.kill();
      throw error;
    }
  }

  /**
   * Waits until both processes are idle, so that nothing of before is measured, and times `action`.
   * @param action resolves with its seconds, as the process that acts has measured them
   */
  async time(action: () => Promise<number>): Promise<Lap> {
    await Promise.all([this.worker.call('untilIdle'), this.producer.call('untilIdle')]);
    const before = await this.#cpuSeconds();
    const seconds = await action();
    const after = await this.#cpuSeconds();
    const cpu = {
      worker: after.worker - before.worker,
      producer: after.producer - before.producer,
      redis: after.redis - before.redis,
    };
    return { seconds, cpu };
  }

  async close(): Promise<void> {
    await Promise.all([this.worker.close(), this.producer.close()]);
  }

  async kill(): Promise<void> {
    await Promise.all([this.worker.kill(), this.producer.kill()]);
  }

  async #cpuSeconds(): Promise<Cpu> {
    const [worker, producer, redis] = await Promise.all([
      this.worker.call('cpuSeconds'),
      this.producer.call('cpuSeconds'),
      this.#redis.cpuSeconds(),
    ]);
    return { worker, producer, redis };
  }
}
