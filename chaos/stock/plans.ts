// The workload of the negative control: what BullMQ has of its own, as plain jobs and as flows.
import type { FlowJob } from 'bullmq';
import { randomUUID } from 'node:crypto';
import type { Random } from '#kit/faults/random';
import type { Put } from '../history.js';

export interface StockPlan {
  name: string;
  ms?: number;
  block?: number;
  fails?: boolean;
  /** Of a composite: the ids of its parts, in order. */
  parts?: readonly string[];
}

export interface StockPlanned {
  flow: FlowJob;
  put: Put;
}

export function planStock(name: string, queueName: string, random: Random): StockPlanned {
  const simple = (own: string): StockPlanned => {
    const id = randomUUID();
    const data = random.pick<Omit<StockPlan, 'name'>>([
      {},
      { ms: random.between(20, 500) },
      { block: random.chance(0.1) ? random.between(1_000, 2_500) : random.between(20, 200) },
      { fails: true },
    ]);
    // As in Drover's workload, some outlive most processes: what is killed twice has stalled too
    // often for the defaults.
    if (random.chance(0.1)) Object.assign(data, { ms: random.between(1_000, 4_000) });
    const flow = {
      name: 'work',
      queueName,
      data: { name: own, ...data },
      opts: { jobId: id, ignoreDependencyOnFailure: true },
    };
    return {
      flow,
      put: { id, name: own, kind: 'plain', ...(data.fails && { fails: true as const }) },
    };
  };
  if (random.chance(0.7)) return simple(name);
  const parts = Array.from({ length: random.between(2, 5) }, (_, i) => simple(`${name}.${i}`));
  const id = randomUUID();
  return {
    flow: {
      name: 'gather',
      queueName,
      data: { name, parts: parts.map(({ put }) => put.id) },
      opts: { jobId: id },
      children: parts.map(({ flow }) => flow),
    },
    put: {
      id,
      name,
      kind: 'parallel',
      composite: {
        how: 'parallel',
        stops: false,
        parts: parts.map(({ put }) => put),
        postprocess: id,
      },
    },
  };
}
