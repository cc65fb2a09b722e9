// A queue with a connection name of its own, so that a test can count and cut its connections.
import { Queue } from '@drover/core';
import { newUuid, type TestContext } from '../../../../test/kit/context.js';

/** A connection in the server's list. */
export interface ServerConnection {
  id: number;
  /** The last command that was sent on it. */
  command: string;
}

export interface NamedQueue {
  queue: Queue;
  connections(): Promise<ServerConnection[]>;
  /** Makes the server close these connections. */
  cut(connections: readonly ServerConnection[]): Promise<void>;
}

export function namedQueue({ redis, prefix }: TestContext, name: string): NamedQueue {
  const connectionName = `drover-test-${newUuid()}`;
  const { host, port, password } = redis.options;
  const queue = new Queue(name, { connection: { host, port, password, connectionName }, prefix });
  return {
    queue,
    async connections() {
      const lines = String(await redis.client('LIST')).split('\n');
      return lines
        .filter((line) => line.includes(` name=${connectionName} `))
        .map((line) => ({
          id: Number(/^id=(\d+)/.exec(line)?.[1]),
          command: / cmd=(\S+)/.exec(line)?.[1] ?? '',
        }));
    },
    async cut(connections) {
      for (const { id } of connections) await redis.client('KILL', 'ID', id);
    },
  };
}
