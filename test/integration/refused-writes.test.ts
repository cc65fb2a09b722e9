// A Redis that refuses many writes at once: a real process, whose output may hold no warning.
import { startProgram } from '../kit/process.js';
import { startRedis } from '../kit/redis-server.js';

it('B3 fifty refused writes end a connection once, and are sent again', async () => {
  const { url } = await startRedis();
  const program = startProgram('refused-writes', { env: { REDIS_URL: url } });
  expect((await program.exited).code).toBe(0);
  expect(program.output).toBe('51 jobs.\n');
});
