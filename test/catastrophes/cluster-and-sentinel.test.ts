// B3 Redis as a Cluster of three nodes, and under three sentinels that fail over: jobs go on.
import { parallel, serial } from '@drover/composite';
import { defineTask, local, Queue } from '@drover/core';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Cluster, Redis, type ClusterOptions } from 'ioredis';
import { cleanUpLater } from '../kit/cleanup.js';
import { newUuid } from '../kit/context.js';
import { dispatchersIn, hasStarted } from '../kit/dispatchers.js';
import { gate } from '../kit/gate.js';
import { freePort, startRedis } from '../kit/redis-server.js';
import { startSentinels } from '../kit/sentinels.js';
import { eventually, within } from '../kit/wait.js';

const prefix = '{drover}';
const increase = defineTask('cluster.increase', (n: number) => n + 1);
const measure = defineTask('cluster.measure', (text: string) => text.length);
const follows = defineTask('cluster.follows', (result: unknown) => Number(result) + 1);
const heeds = defineTask('cluster.heeds', async () => {
  if (local.fence > 1) return 'again';
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  throw local.signal.reason;
});

function clientOf(port: number): Redis {
  const redis = new Redis(port, { disconnectTimeout: 100 });
  redis.on('error', () => {});
  cleanUpLater(() => redis.disconnect());
  return redis;
}

async function startCluster(): Promise<number[]> {
  const nodes = [];
  for (const range of [
    [0, 5_460],
    [5_461, 10_922],
    [10_923, 16_383],
  ] as const) {
    const bus = await freePort();
    const { port } = await startRedis({
      args: ['--cluster-enabled', 'yes', '--cluster-port', String(bus)],
    });
    const redis = clientOf(port);
    await redis.cluster('ADDSLOTSRANGE', ...range);
    nodes.push({ port, bus, redis });
  }
  const [first, ...others] = nodes;
  for (const { port, bus } of others)
    await first?.redis.call('CLUSTER', 'MEET', '127.0.0.1', port, bus);
  for (const { redis } of nodes)
    await eventually(async () => (await redis.cluster('INFO')).includes('cluster_state:ok'));
  return nodes.map(({ port }) => port);
}

it('B3 jobs, composites, callbacks, interrupts and waits work on a Cluster of three nodes', async () => {
  const ports = await startCluster();
  const [port = 0] = ports;
  // Settings that an application has made for itself have no effect.
  const given: ClusterOptions = {
    scaleReads: 'slave',
    enableAutoPipelining: true,
    redisOptions: { stringNumbers: true },
  };
  const connection = new Cluster([{ host: '127.0.0.1', port }], given);
  cleanUpLater(() => connection.disconnect());
  expect(() => new Queue('work', { connection, prefix: 'drover' })).toThrow(
    /prefix must have braces on a Cluster/,
  );
  const queue = new Queue('work', { connection, prefix });
  cleanUpLater(() => queue.close());
  const make = (uuid: string, deathInterval = 10_000) =>
    dispatchersIn({ redisUrl: connection, prefix } as never).make('work', {
      uuid,
      pingInterval: 200,
      deathInterval,
    });
  const dispatcher = make(newUuid());
  const early = parallel([heeds.job(), serial([increase.job(1), increase.job(2)])]);
  const begun = hasStarted(dispatcher, early.jobs[0]);
  // The client does not know the nodes yet. Long arguments go by a transaction.
  const large = await queue.put(measure.job('x'.repeat(300_000)));
  const put = queue.put(early);
  await dispatcher.activate();
  await put;
  await begun;
  const one = await queue.put(increase.job(1));
  const called = await one.addCallback(follows.job());
  expect([await one.wait(), await called.wait()]).toEqual([2, 3]);
  expect(await large.wait()).toBe(300_000);

  await dispatcher.deactivate();
  const next = make(dispatcher.uuid);
  await next.activate();
  expect(await early.wait()).toEqual(['again', [2, 3]]);
  expect(early.jobs[0].status).toBeDefined();
  await next.deactivate();

  // Whichever node is asked to subscribe refuses it at first: it is tried again long before an
  // audit.
  const nodes = ports.map(clientOf);
  const maySubscribe = async (rule: string) => {
    for (const node of nodes) await node.acl('SETUSER', 'default', rule);
  };
  const sum = async (count: (node: Redis) => Promise<unknown>) =>
    (await Promise.all(nodes.map(count))).reduce<number>((all, one) => all + Number(one), 0);
  await maySubscribe('-subscribe');
  const deaf = make(newUuid(), 600_000);
  await deaf.activate();
  await eventually(
    async () => (await sum(async (node) => ((await node.acl('LOG')) as unknown[]).length)) > 0,
  );
  await maySubscribe('+subscribe');
  const channel = `${prefix}:dispatcher:${deaf.uuid}:cancelled`;
  await eventually(
    async () => (await sum(async (node) => (await node.pubsub('NUMSUB', channel))[1])) === 1,
  );
  const long = heeds.job();
  const started = hasStarted(deaf, long);
  await queue.put(long);
  await started;
  await long.cancel('heard');
  await eventually(() => Promise.resolve(deaf.activeJobs().length === 0));
  await deaf.deactivate();
});

it('B3 after a failover each replicated job ends once, on the new master', async () => {
  const { master, replica, connection } = await startSentinels();
  const queue = new Queue('work', { connection, prefix });
  cleanUpLater(() => queue.close());
  const dispatcher = dispatchersIn({ redisUrl: connection, prefix } as never).make('work', {
    pingInterval: 200,
  });
  await dispatcher.activate();
  let runs = 0;
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const waits = defineTask('sentinel.waits', async () => {
    runs++;
    await opened;
    return local.fence;
  });
  const job = waits.job();
  const begun = hasStarted(dispatcher, job);
  await queue.put(job);
  await begun;
  // Replication is asynchronous: what the replica does not have yet would be lost.
  const old = clientOf(master.port);
  await old.wait(1, 5_000);
  const sentinel = clientOf(connection.sentinels[0]?.port ?? 0);
  await eventually(() => sentinel.call('SENTINEL', 'FAILOVER', connection.name).then(() => true));
  const promoted = clientOf(replica.port);
  await eventually(async () => (await promoted.role())[0] === 'master');
  // Until it is told so, the old master takes writes that are lost.
  await eventually(async () => (await old.role())[0] === 'slave');
  open();
  const late = await queue.put(increase.job(1));
  expect([await job.wait(), await late.wait(), runs, job.interruptions]).toEqual([1, 2, 1, 0]);
  expect(await promoted.exists(`${prefix}:work:${late.id}`)).toBe(1);
  await dispatcher.deactivate();
});

/** A sentinel that takes connections and never says anything. */
async function startMute(): Promise<{ host: string; port: number }> {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  cleanUpLater(() => void server.close());
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

// A frozen master, and a cable that is cut, end no connection; a server that is killed ends all of
// them.
it.concurrent.each(['SIGKILL', 'SIGSTOP'] as const)(
  'B3 waits, claims, pings and puts go on when the master gets %s and a sentinel is silent',
  async (signal) => {
    const { master, replica, connection: watched } = await startSentinels();
    const connection = { ...watched, sentinels: [await startMute(), ...watched.sentinels] };
    const queue = new Queue('work', { connection, prefix });
    cleanUpLater(() => queue.close());
    const dispatcher = dispatchersIn({ redisUrl: connection, prefix } as never).make('work', {
      deathInterval: 20_000,
    });
    await dispatcher.activate();
    const { opened, open } = gate();
    const waits = defineTask(`sentinel.waits.${signal}`, () => opened.then(() => local.fence));
    const job = waits.job();
    const begun = hasStarted(dispatcher, job);
    await queue.put(job);
    await begun;
    const waiting = job.wait();
    const old = clientOf(master.port);
    await old.wait(1, 5_000);
    old.disconnect();
    cleanUpLater(() => master.kill());
    process.kill(master.pid, signal);
    open();
    const late = queue.put(increase.job(1)).then((put) => put.wait());
    const all = Promise.all([waiting, late]);
    // The sentinels notice it after 1 s, and have failed over some seconds later, or with another
    // vote; the connections are given up after 6 s.
    expect(
      await within(all, 45_000, () => `${signal}: neither the job nor the put has come through`),
    ).toEqual([1, 2]);
    expect([job.interruptions, dispatcher.status]).toEqual([0, 'active']);
    expect(await clientOf(replica.port).exists(`${prefix}:work:${job.id}`)).toBe(1);
    await dispatcher.deactivate();
  },
  90_000,
);
