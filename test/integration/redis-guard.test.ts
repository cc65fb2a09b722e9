// The private Redis of `npm test` ends with the process that started it, whatever ended that one.
import { connect } from 'node:net';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { startProgram } from '../kit/process.js';
import { eventually } from '../kit/wait.js';

async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'ends when its parent dies of %s',
  async (signal) => {
    const parent = startProgram<{ url: string }>('redis-holder', { env: { REDIS_URL: '' } });
    const { url } = await parent.nextMessage();
    const redis = new Redis(url, { disconnectTimeout: 100 });
    expect(await redis.ping()).toBe('PONG');
    const closed = once(redis, 'close');
    redis.on('error', () => {});

    parent.kill(signal);

    await closed;
    redis.disconnect();
    await eventually(() => isRefused(Number(new URL(url).port)));
  },
);
