// The raw side's producer: BullMQ as its own documentation uses it, with its defaults.
import { FlowProducer, Queue, QueueEvents, type FlowJob } from 'bullmq';
import { PAGE, QUEUE, type Producer, type SideOptions } from '../side.js';
import { PARENT, PART, rawSettings, type RawSettings } from './settings.js';

export class RawProducer implements Producer {
  readonly #settings: RawSettings;
  readonly #queue: Queue;
  #flows: FlowProducer | undefined;
  #events: QueueEvents | undefined;

  constructor(options: SideOptions) {
    this.#settings = rawSettings(options);
    this.#queue = new Queue(QUEUE, this.#settings);
  }

  async putAll(indices: readonly number[]): Promise<void> {
    const jobs = indices.map((index) => ({ name: PART, data: [index] }));
    for (let i = 0; i < jobs.length; i += PAGE) await this.#queue.addBulk(jobs.slice(i, i + PAGE));
  }

  async roundTrip(index: number): Promise<unknown> {
    const events = await this.#queueEvents();
    const job = await this.#queue.add(PART, [index]);
    return await job.waitUntilFinished(events);
  }

  async parallel(groups: readonly number[][]): Promise<unknown[]> {
    return await this.#run(groups.map((group) => parentOf(group.map((index) => part(index)))));
  }

  /** The parent's only child is the last step: it adds up one value. */
  async serial(groups: readonly number[][]): Promise<unknown[]> {
    return await this.#run(groups.map((group) => parentOf([chain(group)])));
  }

  async close(): Promise<void> {
    await this.#events?.close();
    await this.#flows?.close();
    await this.#queue.close();
  }

  async #run(flows: FlowJob[]): Promise<unknown[]> {
    const events = await this.#queueEvents();
    const producer = (this.#flows ??= new FlowProducer(this.#settings));
    // Each job that is waited for listens to its producer's end.
    producer.setMaxListeners(0);
    const nodes = await producer.addBulk(flows);
    return await Promise.all(nodes.map(({ job }) => job.waitUntilFinished(events)));
  }

  async #queueEvents(): Promise<QueueEvents> {
    this.#events ??= new QueueEvents(QUEUE, this.#settings);
    await this.#events.waitUntilReady();
    return this.#events;
  }
}

function part(index: number, children?: FlowJob[]): FlowJob {
  return {
    name: PART,
    queueName: QUEUE,
    data: [index],
    opts: { ignoreDependencyOnFailure: true },
    children,
  };
}

function parentOf(children: FlowJob[]): FlowJob {
  return { name: PARENT, queueName: QUEUE, data: [], children };
}

/** Each step is the child of the next. */
function chain([first, ...rest]: readonly number[]): FlowJob {
  return rest.reduce((before, index) => part(index, [before]), part(first as number));
}
