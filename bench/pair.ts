// The producer and the worker of one side, in two processes or in one: started, timed, ended
// together.
import type { ProducerCalls, WorkerCalls } from './processes/calls.js';
import { Child } from './processes/child.js';
import type { BenchRedis } from './redis.js';
import { sideTitles, type SideName } from './sides/side.js';

/** One side's place for all measurements of a scenario. */
export interface Place {
  side: SideName;
  redis: BenchRedis;
  /** Fresh; all keys below it are deleted afterwards. */
  prefix: string;
  /** Producer and worker are one process. */
  together: boolean;
}

/** CPU time of each process; it hardly changes with what else the machine does. */
export interface Cpu {
  /** Missing where the process of the worker is the producer's as well. */
  producer?: number;
  worker: number;
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
  /** One or two. */
  readonly #processes: Pick<Child<WorkerCalls>, 'close' | 'kill'>[];
  readonly #place: Place;

  private constructor(place: Place) {
    this.#place = place;
    const side = sideTitles[place.side];
    if (place.together) {
      const both = new Child<WorkerCalls & ProducerCalls>(`the process of ${side}`);
      this.worker = both;
      this.producer = both;
      this.#processes = [both];
    } else {
      this.worker = new Child(`the worker process of ${side}`);
      this.producer = new Child(`the producer process of ${side}`);
      this.#processes = [this.worker, this.producer];
    }
  }

  /** Resolves when the worker takes jobs, so many at a time. */
  static async start(place: Place, concurrency: number): Promise<Pair> {
    const pair = new Pair(place);
    const { side, prefix } = place;
    const options = { side, prefix, url: place.redis.url };
    try {
      await Promise.all([
        pair.worker.call('startWorker', { ...options, concurrency }),
        pair.producer.call('startProducer', options),
      ]);
      return pair;
    } catch (error) {
      await pair.kill();
      throw error;
    }
  }

  /** Resolves when nothing of before goes on in the processes. */
  async untilIdle(): Promise<void> {
    await Promise.all([this.worker.call('untilIdle'), this.producer.call('untilIdle')]);
  }

  /**
   * Waits until the processes are idle, and times `action`.
   * @param action resolves with its seconds, as the process that acts has measured them
   */
  async time(action: () => Promise<number>): Promise<Lap> {
    await this.untilIdle();
    const before = await this.#cpuSeconds();
    const seconds = await action();
    const after = await this.#cpuSeconds();
    const { together } = this.#place;
    const cpu = {
      ...(!together && { producer: after.producer - before.producer }),
      worker: after.worker - before.worker,
      redis: after.redis - before.redis,
    };
    return { seconds, cpu };
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.close()));
  }

  async kill(): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.kill()));
  }

  async #cpuSeconds(): Promise<Required<Cpu>> {
    const [worker, producer, redis] = await Promise.all([
      this.worker.call('cpuSeconds'),
      this.producer.call('cpuSeconds'),
      this.#place.redis.cpuSeconds(),
    ]);
    return { worker, producer, redis };
  }
}
