// A Redis that has forgotten its scripts, and answers with an error before it has learned them
// again (B3).
import { defineTask, Queue } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';

const context = testContext('forgotten-scripts');
const work = defineTask('forgotten.work', (value: unknown) => value);

// ioredis sends a script that a server does not know once more, with its text: of many calls at
// once the first alone has the text. Where that one fails, the others find the server without the
// script a second time.
it.each(['LOADING', 'TRYAGAIN', 'OOM'] as const)(
  'B3 reads at the same time, the first of which is answered with %s, all give the job',
  async (error) => {
    const proxy = await startFaultProxy(context.redisUrl);
    const queue = new Queue(`reads-${error}`, { connection: proxy.url, prefix: context.prefix });
    try {
      const { id } = await queue.put(work.job(1));
      await queue.get(id);
      await context.redis.script('FLUSH');
      const answered = proxy.next(({ command }) => command === 'EVAL', {
        kind: 'error',
        error,
      });
      const found = await Promise.all([queue.get(id), queue.get(id), queue.get(id)]);
      await answered;
      expect(found.map((job) => job?.id)).toEqual([id, id, id]);
    } finally {
      await queue.close();
      await proxy.close();
    }
  },
);
