// dispatcher.health(): what the probes of an orchestrator get (D2, D5, D9).
import type { Health } from '@drover/worker';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, next } from './dispatchers.js';

const context = testContext('health');
const dispatchers = dispatchersIn(context);
const FINE: Health = { live: true, ready: true, reasons: [] };

/** One reason, which matches. */
const because = (reason: RegExp) => [expect.stringMatching(reason) as string];
const idle = (reason: RegExp) => ({ live: true, ready: false, reasons: because(reason) });
const dead = (reason: RegExp) => ({ live: false, ready: false, reasons: because(reason) });

it('D2, D9 it is live from the start, ready while it claims, and neither without Redis', async () => {
  const proxy = await startFaultProxy(context.redisUrl);
  const dispatcher = dispatchers.make('health', {
    connection: proxy.url,
    ...{ pingInterval: 50, deathInterval: 400 },
  });
  const comes = async (health: object): Promise<void> => {
    await eventually(() => (expect(dispatcher.health()).toEqual(health), true));
  };
  expect(dispatcher.health()).toEqual(idle(/^it is new$/));
  const activating = dispatcher.activate();
  expect(dispatcher.health()).toEqual(idle(/^it is activating$/));
  await activating;
  await comes(FINE);

  await dispatcher.setAgent('health', 'main', { size: 0 });
  await comes(idle(/^no agent has a size above 0$/));
  await dispatcher.setAgent('health', 'main', { size: 1 });
  await comes(FINE);

  proxy.blackHole();
  await comes(dead(/^no ping has succeeded for \d+ ms$/));
  proxy.heal();
  await comes(FINE);

  const stopping = dispatcher.deactivate();
  await comes(idle(/^it is deactivating$/));
  await stopping;
  expect(dispatcher.health()).toEqual(dead(/^it was deactivated$/));
});

it('D2 a main loop that was blocked for longer than maxBlock is not live', async () => {
  const dispatcher = await dispatchers.start('blocked', { maxBlock: 100 });
  await eventually(() => dispatcher.health().live);
  const end = performance.now() + 150;
  while (performance.now() < end);
  expect(dispatcher.health()).toEqual(dead(/^its main loop has been blocked for \d{3,} ms$/));
  await eventually(() => dispatcher.health().ready);
});

it('D5 a deposed dispatcher is not live until it is active again', async () => {
  const uuid = newUuid();
  const first = await dispatchers.start('deposed', { uuid, pingInterval: 10 });
  const [deposed, reactivated] = [next(first, 'deposed'), next(first, 'reactivated')];
  const second = await dispatchers.start('deposed', { uuid, takeover: 'force' });
  await deposed;
  expect(first.health()).toEqual(dead(/^it was deposed: found dead, or activated elsewhere$/));
  expect(second.health()).toEqual(FINE);
  await second.deactivate();
  await reactivated;
  await eventually(() => (expect(first.health()).toEqual(FINE), true));
});
