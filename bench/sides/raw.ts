// The raw side: BullMQ as its own documentation uses it, with its defaults.
import { FlowProducer, Queue, QueueEvents, Worker, type FlowJob, type Job } from 'bullmq';
import type { Workload } from '../workload.js';
import { inGroups, QUEUE, type Session, type Side, type SideOptions } from './side.js';

/** The name of a job that does nothing. */
const PART = 'part';
/** The name of a job that reads its children's values. */
const PARENT = 'parent';
/** As Drover's putAll does it. */
const PAGE = 1_000;

type Settings = { connection: { url: string; maxRetriesPerRequest: null }; prefix: string };

class RawSession implements Session {
  readonly #settings: Settings;
  readonly #workload: Workload;
  readonly #queue: Queue;
  #worker: Worker | undefined;
  #flows: FlowProducer | undefined;
  #events: QueueEvents | undefined;

  constructor({ url, prefix, workload }: SideOptions) {
    this.#settings = { connection: { url, maxRetriesPerRequest: null }, prefix };
    this.#workload = workload;
    this.#queue = new Queue(QUEUE, this.#settings);
  }

  async putAll(): Promise<void> {
    const jobs = Array.from({ length: this.#workload.count }, (_, index) => ({ name: PART, data: [index] }));
    for (let i = 0; i < jobs.length; i += PAGE) await this.#queue.addBulk(jobs.slice(i, i + PAGE));
  }

  async startWorker(concurrency: number): Promise<void> {
    const body = async (job: Job): Promise<unknown> =>
      job.name === PARENT
        ? Object.values(await job.getChildrenValues())
        : await this.#workload.run((job.data as [number])[0]);
    this.#worker = new Worker(QUEUE, body, { ...this.#settings, concurrency });
    this.#worker.on('error', this.#workload.noteError);
    this.#worker.on('completed', () => this.#workload.noteCompleted());
    await this.#worker.waitUntilReady();
  }

  async roundTrip(index: number): Promise<unknown> {
    const events = await this.#queueEvents();
    const job = await this.#queue.add(PART, [index]);
    return await job.waitUntilFinished(events);
  }

  async parallel(flows: number): Promise<unknown[][]> {
    const groups = inGroups(this.#workload.count, flows);
    return (await this.#run(groups.map((group) => parentOf(group.map((index) => part(index)))))) as unknown[][];
  }

  async serial(chains: number): Promise<unknown[]> {
    return await this.#run(inGroups(this.#workload.count, chains).map(chain));
  }

  async close(): Promise<void> {
    await this.#worker?.close();
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
  return { name: PART, queueName: QUEUE, data: [index], opts: { ignoreDependencyOnFailure: true }, children };
}

function parentOf(children: FlowJob[]): FlowJob {
  return { name: PARENT, queueName: QUEUE, data: [], children };
}

/** Each step is the child of the next. */
function chain([first, ...rest]: number[]): FlowJob {
  return rest.reduce((before, index) => part(index, [before]), part(first as number));
}

export const raw: Side = { name: 'raw', open: (options) => new RawSession(options) };
