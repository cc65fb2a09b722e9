// A Redis that lost its scripts, and answers with an error before it has them again (B3).
import { defineTask, Queue } from '@drover/core';
import { testContext, type TestContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { startRedis } from '../../../../test/kit/redis-server.js';

// On a server of its own: no other test gives it the scripts again.
let context: TestContext;
beforeAll(async () => {
  context = testContext('forgotten-scripts', (await startRedis()).url);
});
const work = defineTask('forgotten.work', (value: unknown) => value);

// ioredis sends a script with its text once when the server does not know it; of several calls at
// once only the first has the text. When that one fails, the others meet a server without the
// script a second time.
it.each(['LOADING', 'TRYAGAIN', 'OOM'] as const)(
  'B3 parallel reads after SCRIPT FLUSH all succeed, though the first is answered with %s',
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
