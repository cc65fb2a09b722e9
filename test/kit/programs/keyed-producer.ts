// A producer for tests: puts jobs with keys, one after another, and tells what each put gave.
import { Queue, type PutOptions } from '@drover/core';
import { echo } from '../tasks.js';

const {
  prefix,
  queue: name,
  count,
  keys,
  options,
} = JSON.parse(process.env['PRODUCER_OPTIONS'] ?? '{}') as {
  prefix: string;
  queue: string;
  count: number;
  /** The number of keys: `k0`, `k1` … */
  keys: number;
  options: PutOptions;
};
const queue = new Queue(name, { prefix });
for (let i = 0; i < count; i++) {
  const key = `k${i % keys}`;
  try {
    const { id, wasThere } = await queue.put(echo.job(key), { ...options, key });
    process.send?.({ key, id, wasThere });
  } catch (error) {
    process.send?.({ key, error: (error as Error).name });
  }
}
await queue.close();
