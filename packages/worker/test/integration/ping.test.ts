// The cost of a ping: the commands and bytes that reach Redis, as MONITOR shows them (D3).
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { defineTask } from '@drover/core';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from './dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';

const DAY = 24 * 3_600_000;
const YEAR = 365 * DAY;

const context = testContext('ping');
const dispatchers = dispatchersIn(context);

/** The commands of one ping: the script call, and the calls that the script makes. */
type Ping = string[];

/**
 * All commands under this test's prefix, until `count` pings have ended, as MONITOR shows them
 * without the time.
 */
async function watch(uuid: string, count: number): Promise<{ pings: Ping[]; others: string[] }> {
  const { host, port = 6379, password } = context.redis.options;
  const socket = connect(port, host);
  if (password) socket.write(`AUTH ${password}\r\n`);
  socket.write('MONITOR\r\n');
  const pings: Ping[] = [];
  const others: string[] = [];
  let current: Ping | undefined;
  for await (const line of createInterface({ input: socket })) {
    const [, source, command = ''] = /^\+[\d.]+ \[\d+ (\S+)\] (.*)$/.exec(line) ?? [];
    if (source === 'lua') {
      current?.push(command);
      continue;
    }
    current = undefined;
    if (pings.length === count) break;
    // The arguments of a ping end with the UUID and the epoch.
    if (/^"evalsha"/i.test(command) && command.endsWith(`"${uuid}" "1"`))
      pings.push((current = [command]));
    else if (command.includes(context.prefix)) others.push(command);
  }
  socket.destroy();
  return { pings, others };
}

it('D3 a ping costs the same for any number of jobs, and names none of them', async () => {
  const finish = gate();
  const waits = defineTask('ping.waits', async () => await finish.opened);
  const uuid = newUuid();
  // No reconcile pass comes meanwhile, since it comes after each deathInterval.
  const dispatcher = await dispatchers.start('ping', {
    uuid,
    size: 1_000,
    pingInterval: 50,
    deathInterval: 600_000,
  });
  let running = 0;
  const jobs: string[] = [];
  const owned = async (count: number): Promise<void> => {
    const all = new Promise<void>((resolve) => {
      dispatcher.on('started', ({ job }) => {
        jobs.push(job.id);
        if (++running === count) resolve();
      });
    });
    await context.queue('ping').putAll(Array.from({ length: count - running }, () => waits.job()));
    await all;
    dispatcher.removeAllListeners('started');
  };

  await owned(1);
  const one = await watch(uuid, 3);
  await owned(1_000);
  expect(dispatcher.activeJobs()).toHaveLength(1_000);
  const thousand = await watch(uuid, 3);
  const locks = await Promise.all(
    jobs.map((id) => context.redis.pttl(`${context.prefix}:ping:${id}:lock`)),
  );
  finish.open();

  const costs = ({ pings }: { pings: Ping[] }) =>
    pings.map((ping) => ({
      commands: ping.map((command) => command.split(' ')[0]),
      // A ping says how many jobs run, and for how long the main loop was blocked (D10): these
      // numbers alone have more digits.
      bytes: ping.join('').replace(/(main\\":|\}\}" "|"blockedFor" ")\d+/g, '$1n').length,
    }));
  expect(one.pings.map(({ length }) => length > 1)).toEqual([true, true, true]);
  expect(costs(thousand)).toEqual(costs(one));
  const told = [...thousand.pings.flat(), ...thousand.others].join();
  expect(jobs.filter((id) => told.includes(id))).toEqual([]);
  // The locks need no renewal either.
  expect(Math.min(...locks)).toBeGreaterThan(YEAR - DAY);
});
