// The environment of the numbers: the machine, and the versions of everything under test.
import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import type { BenchRedis } from './redis.js';

export interface Environment {
  date: string;
  node: string;
  redis: string;
  bullmq: string;
  beeQueue: string;
  cpu: string;
  cores: number;
  /** All of it, for people. */
  summary: string;
}

export async function environment(redis: BenchRedis): Promise<Environment> {
  const bullmq = versionOf('bullmq');
  const beeQueue = versionOf('bee-queue');
  const node = process.versions.node;
  const server = await redis.version();
  const cores = availableParallelism();
  const cpu = cpus()[0]?.model ?? 'unknown';
  const summary = `Drover against raw BullMQ ${bullmq}: Node ${node}, Redis ${server}, ${cores} cores of ${cpu}`;
  return {
    date: new Date().toISOString(),
    node,
    redis: server,
    bullmq,
    beeQueue,
    cpu,
    cores,
    summary,
  };
}

function versionOf(name: string): string {
  const about = createRequire(import.meta.url)(`${name}/package.json`) as { version: string };
  return about.version;
}
