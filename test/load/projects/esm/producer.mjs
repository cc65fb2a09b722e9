// Puts a job, and takes it back: all that a producer needs.
import { defineTask, Queue } from '@drover/core';

const double = defineTask('load.double', async (n) => 2 * n);
async function main() {
  const queue = new Queue('produced', { prefix: process.env.DROVER_LOAD_PREFIX });
  await queue.put(double.job(4));
  const pulled = await queue.pull();
  const refused = await queue.put(4).catch((error) => error.name);
  console.log(JSON.stringify([pulled.args, refused]));
  await queue.close();
}

void main();
