// The tree of a job as its author wrote it: its parts, its postprocess, the job that it returned,
// and its callbacks. It reads some of the parts of a large composite, and counts the others.
import { Job, partsOf, type Parts, type PartPlace } from '@drover/core';
import { findJob } from '../find-job.js';
import { failureOf, toRow, type JobRow } from '../job-view.js';
import type { Sources } from '../sources.js';

export interface TreeNode {
  /** Its place below the job above it. */
  role: 'root' | 'part' | 'postprocess' | 'returned' | 'callback';
  /** 'serial': its parts run one after another; 'parallel': together; 'joined': of a task. */
  kind?: 'serial' | 'parallel' | 'joined';
  /** Undefined: it is not stored, since its turn has not come or it was removed. */
  job?: JobRow;
  id: string;
  task: string;
  queue: string;
  failure?: { name: string; message: string };
  /** Of a job that waits for others, once it has begun. */
  progress?: Pick<Parts, 'parts' | 'completed' | 'failed' | 'active' | 'pending'>;
  children: TreeNode[];
  /** The number of its parts that are not among `children`. */
  hidden: number;
}

export interface TreeOptions {
  queue?: string | undefined;
  /** Composites of more parts show those that failed and that are active. Default: 20. */
  most?: number | undefined;
  /** So many levels below the job are read. Default: 20, which is the most. */
  deep?: number | undefined;
}

/** So many jobs of a tree are read. */
const MOST_READ = 300;
const MOST_DEEP = 20;
const MOST_CALLBACKS = 10;
const KINDS: Readonly<Record<string, TreeNode['kind']>> = {
  'drover.serial': 'serial',
  'drover.parallel': 'parallel',
};

/** @throws as `findJob` */
export async function readTree(
  sources: Sources,
  id: string,
  { queue, most = 20, deep = MOST_DEEP }: TreeOptions = {},
): Promise<TreeNode> {
  const { job } = await findJob(sources, id, queue);
  return await new TreeReader(sources, most, Math.min(deep, MOST_DEEP)).node(job, 'root', 0);
}

class TreeReader {
  #read = 0;

  constructor(
    private readonly sources: Sources,
    private readonly most: number,
    private readonly deep: number,
  ) {}

  /** @param job as it was read */
  async node(job: Job, role: TreeNode['role'], depth: number): Promise<TreeNode> {
    const failure = failureOf(job);
    const node: TreeNode = {
      ...{ role, id: job.id, task: job.task, queue: job.queue ?? '' },
      ...(job.status === 'new' && job.times.put === undefined ? {} : { job: toRow(job) }),
      ...(failure && { failure: { name: failure.name, message: failure.message } }),
      ...{ children: [], hidden: 0 },
    };
    if (depth >= this.deep || this.#read >= MOST_READ) return node;
    const kind = KINDS[job.task];
    const parts = job.queue === undefined ? undefined : await partsOf(job, { most: this.most });
    if (parts) {
      await this.#addParts(node, parts, kind ?? 'joined', depth);
    } else if (kind) {
      node.kind = kind;
      await this.#addPlanned(node, job, depth);
    }
    for (const callback of job.callbacks.slice(0, MOST_CALLBACKS))
      node.children.push(await this.#readHandle(callback, 'callback', depth));
    return node;
  }

  async #addParts(
    node: TreeNode,
    parts: Parts,
    kind: NonNullable<TreeNode['kind']>,
    depth: number,
  ): Promise<void> {
    const { parts: total, completed, failed, active, pending, first, then } = parts;
    const isReturned = kind === 'joined' && total === 0;
    const shown = total <= this.most ? first : chosen(parts, this.most);
    if (!isReturned) {
      node.kind = kind;
      node.progress = { parts: total, completed, failed, active, pending };
    }
    node.hidden = total - shown.length;
    for (const place of shown) node.children.push(await this.#at(place, 'part', depth));
    if (then)
      node.children.push(await this.#at(then, isReturned ? 'returned' : 'postprocess', depth));
  }

  /** A composite that has not begun has its parts as arguments. */
  async #addPlanned(node: TreeNode, job: Job, depth: number): Promise<void> {
    const { parts, then } = plannedOf(job);
    const shown = parts.slice(0, this.most);
    node.hidden = parts.length - shown.length;
    for (const part of shown) node.children.push(await this.#readHandle(part, 'part', depth));
    if (then) node.children.push(await this.#readHandle(then, 'postprocess', depth));
  }

  async #at({ id, queue }: PartPlace, role: TreeNode['role'], depth: number): Promise<TreeNode> {
    this.#read++;
    const job = this.#read > MOST_READ ? undefined : await this.sources.queue(queue).get(id);
    if (job) return await this.node(job, role, depth + 1);
    return { role, id, task: '', queue, children: [], hidden: 0 };
  }

  async #readHandle(handle: Job, role: TreeNode['role'], depth: number): Promise<TreeNode> {
    this.#read++;
    const isPut = handle.queue !== undefined && this.#read <= MOST_READ;
    const job = isPut ? await this.sources.queue(handle.queue ?? '').get(handle.id) : undefined;
    return await this.node(job ?? handle, role, depth + 1);
  }
}

/** Of many parts: those that failed, then those that are active. */
function chosen({ failedParts, activeParts }: Parts, most: number): PartPlace[] {
  const half = Math.ceil(most / 2);
  return [...failedParts.slice(0, half), ...activeParts.slice(0, half)];
}

/** The jobs among the arguments of a composite; none where this process cannot read them. */
function plannedOf(job: Job): { parts: Job[]; then?: Job } {
  try {
    const [parts, options] = job.args as [unknown, { postprocess?: unknown } | undefined];
    const jobs = Array.isArray(parts) ? parts.filter((part) => part instanceof Job) : [];
    const then = options?.postprocess;
    return { parts: jobs, ...(then instanceof Job && { then }) };
  } catch {
    return { parts: [] };
  }
}
