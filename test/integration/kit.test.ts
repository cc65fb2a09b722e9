// The kit's own promises, which other tests build upon.
import { Redis } from 'ioredis';
import { testContext } from '../kit/context.js';
import { startProgram } from '../kit/process.js';
import { startRedis } from '../kit/redis-server.js';
import { eventually } from '../kit/wait.js';

const { prefix, redis } = testContext('kit');

test('a test file has a prefix of its own in the common Redis', async () => {
  await redis.set(`${prefix}:key`, 'value');
  expect(prefix).toMatch(/^\{drover-kit-[0-9a-f]{8}\}$/);
});

test('a private server that keeps its data is killed and restarted with it', async () => {
  const server = await startRedis({ appendonly: true });
  const client = new Redis(server.url);
  client.on('error', () => {});
  await client.set('key', 'kept');
  const { pid } = server;
  await server.kill();
  await server.restart();
  expect(server.pid).not.toBe(pid);
  expect(await client.get('key')).toBe('kept');
  client.disconnect();
  await server.stop();
});

test('a program that ends or is silent is told with its output', async () => {
  const program = startProgram('echo');
  await program.waitForMessage((message) => message === 'ready');
  const next = program.nextMessage();
  program.send({ hello: 1 });
  expect(await next).toEqual({ hello: 1 });
  expect(program.messages).toEqual(['ready', { hello: 1 }]);
  await expect(program.waitForMessage(() => false, 1)).rejects.toThrow(
    /did not tell in 1 ms.*some output/s,
  );
  program.send({ end: true });
  await expect(program.nextMessage()).rejects.toThrow(/ended with 7.*some output/s);
  expect(await program.exited).toEqual({ code: 7, signal: null });
});

test('a program ends with the process that started it', async () => {
  const parent = startProgram<{ pid: number }>('echo-holder');
  const { pid } = await parent.nextMessage();
  expect(isAlive(pid)).toBe(true);
  parent.kill();
  await eventually(() => !isAlive(pid));
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
