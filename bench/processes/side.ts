// A process of one side, for all measurements of a scenario: a producer, a worker, or both.
import { untilIdle } from '../idle.js';
import { answer } from './answer.js';
import type { CommonCalls } from './calls.js';
import { closeProducer, producerCalls } from './producer.js';
import { closeWorker, workerCalls } from './worker.js';

const common: CommonCalls = {
  untilIdle,
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return Promise.resolve((user + system) / 1e6);
  },
  peakMemory: () => Promise.resolve(process.resourceUsage().maxRSS * 1_024),
  close: async () => {
    await closeProducer();
    await closeWorker();
  },
};

answer({ ...common, ...producerCalls, ...workerCalls });
