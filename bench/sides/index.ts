// All sides, by their names.
import type { Side, SideName } from './side.js';

export const sides: Record<SideName, Side> = {
  raw: {
    producer: async (options) => new (await import('./raw/producer.js')).RawProducer(options),
    worker: async (options) => new (await import('./raw/worker.js')).RawWorker(options),
  },
  drover: {
    producer: async (options) => new (await import('./drover/producer.js')).DroverProducer(options),
    worker: async (options) => new (await import('./drover/worker.js')).DroverWorker(options),
  },
  'step-job': {
    producer: async (options) =>
      new (await import('./step-job/producer.js')).StepJobProducer(options),
    worker: async (options) => new (await import('./step-job/worker.js')).StepJobWorker(options),
  },
  'bee-queue': {
    producer: async (options) => new (await import('./bee-queue/producer.js')).BeeProducer(options),
    worker: async (options) => new (await import('./bee-queue/worker.js')).BeeWorker(options),
  },
};
