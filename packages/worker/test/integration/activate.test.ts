// Activation: once per UUID, and once per dispatcher (D1, D4).
import { AlreadyActivatedError, BadStatusError, defineTask } from '@drover/core';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, readableLogger } from './dispatchers.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { eventually } from '../../../../test/kit/wait.js';

const context = testContext('activate');
const dispatchers = dispatchersIn(context);
const who = defineTask('activate.who', () => 'ran');

it('D1 a second dispatcher of a UUID waits, names the active one, and follows it', async () => {
  const uuid = newUuid();
  const first = await dispatchers.start('wait', { uuid });
  const { logger, lines } = readableLogger();
  const second = dispatchers.make('wait', { uuid, logger });
  const activating = second.activate();
  const said = await eventually(() =>
    lines.find(({ msg }) => msg.includes('already activated: another process?')),
  );
  expect(said).toMatchObject({
    level: 50,
    other: {
      pid: process.pid,
      host: expect.any(String) as string,
      age: expect.any(Number) as number,
    },
  });
  expect(second.status).toBe('activating');
  expect(await (await context.queue('wait').put(who.job())).wait()).toBe('ran');

  await first.deactivate();
  await activating;
  expect(second.status).toBe('active');
  const job = await context.queue('wait').put(who.job());
  expect(await job.wait()).toBe('ran');
  expect(lines.filter(({ msg }) => msg.includes('already activated'))).toHaveLength(1);
});

it('D1 with a deathInterval too long for a timer, the second one asks only rarely', async () => {
  const uuid = newUuid();
  const first = await dispatchers.start('long', { uuid });
  const [record] = await context.redis.keys(`${context.prefix}*${uuid}`);
  await context.redis.hset(record as string, 'deathInterval', 30 * 24 * 3_600_000);
  const { logger, lines } = readableLogger();
  const proxy = await startFaultProxy(context.redisUrl);
  const second = dispatchers.make('long', { uuid, logger, connection: proxy.url });
  let asked = 0;
  const count = ({ script }: { script?: string }): boolean => {
    if (script === 'activate') asked++;
    return false;
  };
  void proxy.next(count, { kind: 'cut' });
  const activating = second.activate();
  await eventually(() => lines.some(({ msg }) => msg.includes('already activated')));
  await (await context.queue('long').put(who.job(), { beginAfter: 100 })).wait();
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThan(10);
  await first.deactivate();
  await activating;
});

it('D1 with wait: false activate rejects, and may be called again', async () => {
  const uuid = newUuid();
  const first = await dispatchers.start('no-wait', { uuid });
  const second = dispatchers.make('no-wait', { uuid });
  await expect(second.activate({ wait: false })).rejects.toThrow(AlreadyActivatedError);
  await expect(second.activate({ wait: false })).rejects.toMatchObject({
    uuid,
    other: { pid: process.pid },
    code: 'DROVER_ALREADY_ACTIVATED',
  });
  expect(second.status).toBe('new');
  await first.deactivate();
  await second.activate({ wait: false });
  expect(second.status).toBe('active');
});

it('D1 the same UUID under another prefix is another dispatcher', async () => {
  const uuid = newUuid();
  await dispatchers.start('prefix', { uuid });
  const other = await dispatchers.start('prefix', { uuid, prefix: `${context.prefix}-other` });
  expect(other.status).toBe('active');
  await other.deactivate();
});

it('D4 takeover: force takes over at once, and deposes the first', async () => {
  const uuid = newUuid();
  const first = await dispatchers.start('force', {
    uuid,
    pingInterval: 100,
    deathInterval: 10_000,
  });
  const deposed = new Promise((resolve) => first.once('deposed', resolve));
  const second = await dispatchers.start('force', { uuid, takeover: 'force' });
  expect(second.status).toBe('active');
  expect(await deposed).toEqual({ uuid, epoch: 1 });
  await Promise.all([second.deactivate(), first.deactivate()]);
});

it('a dispatcher that waits for another one can be deactivated', async () => {
  const uuid = newUuid();
  await dispatchers.start('ended', { uuid });
  const { logger, lines } = readableLogger();
  const second = dispatchers.make('ended', { uuid, logger });
  const activating = expect(second.activate()).rejects.toThrow(BadStatusError);
  await eventually(() => lines.some(({ msg }) => msg.includes('already activated')));
  await second.deactivate();
  await activating;
  expect(second.status).toBe('deactivated');
});

it('a second activate while the first runs is a BadStatusError', async () => {
  const dispatcher = dispatchers.make('twice');
  const activating = dispatcher.activate();
  await expect(dispatcher.activate()).rejects.toThrow(BadStatusError);
  await activating;
  expect(dispatcher.status).toBe('active');
});

it('a deactivated dispatcher cannot be activated again', async () => {
  const dispatcher = await dispatchers.start('again');
  await dispatcher.deactivate();
  await expect(dispatcher.activate()).rejects.toThrow(
    `dispatcher ${dispatcher.uuid} is deactivated: it can be activated once`,
  );
});

it('activating an active dispatcher is a BadStatusError, and it goes on', async () => {
  const dispatcher = await dispatchers.start('active');
  const second = await Promise.race([
    dispatcher.activate().catch((error: Error) => error.name),
    // This comes first where the dispatcher waits for itself.
    context
      .queue('active')
      .put(who.job(), { beginAfter: 300 })
      .then((job) => job.wait({ timeout: 1_000 }).catch(() => 'late')),
  ]);
  expect([second, dispatcher.status]).toEqual(['BadStatusError', 'active']);
});
