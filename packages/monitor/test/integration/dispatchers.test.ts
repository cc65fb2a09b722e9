// Dispatchers of other processes, and the commands that show the fleet live.
import { defineTask, Dispatchers, local } from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import type { DispatcherView } from '../../src/model/dispatcher-view.js';
import type { Finding } from '../../src/model/doctor.js';
import { FleetView } from '../../src/model/fleet-view.js';
import { documentIn, droverIn } from './drover.js';

const context = testContext('monitor-dispatchers');
const { prefix, redisUrl: connection } = context;
const drover = droverIn(context);
const dispatchers = dispatchersIn(context);
const fleet = new Dispatchers({ connection, prefix });
cleanUpLater(() => fleet.close());
const echo = defineTask('fleet.echo', (value: unknown) => value);
const fails = defineTask('fleet.fails', () => {
  throw new Error('broken\n\x1b[2J');
});
const holds = defineTask('fleet.holds', async () => {
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  throw local.signal.reason;
});
const queue = context.queue('work');

it('D10 dispatcher shows its process, its agents, and what runs there since when', async () => {
  const dispatcher = await dispatchers.start('work', { size: 3, pingInterval: 50 });
  const hold = holds.job();
  const begun = hasStarted(dispatcher, hold);
  await queue.put(hold);
  await begun;
  const { uuid } = dispatcher;
  const short = uuid.slice(0, 8);
  await eventually(async () => (await fleet.get(uuid))?.agents[0]?.running === 1);
  const { code, out } = await drover(['dispatcher', short]);
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`^dispatcher +${uuid}$`, 'm'));
  expect(out).toMatch(/^status +active, last ping .* ago$/m);
  expect(out).toMatch(/^work +main +1 +3 +main$/m);
  expect(out).toMatch(new RegExp(`^${hold.id}  fleet.holds +work +`, 'm'));
  const view = documentIn<DispatcherView>(await drover(['dispatcher', short, '--json']));
  expect(view).toMatchObject({ uuid, jobs: [{ id: hold.id, status: 'active' }] });
  expect((await drover(['dispatchers'])).out).toMatch(new RegExp(`^${short} .* active`, 'm'));
  const [record = ''] = (await drover(['dispatchers', '--json'])).out.split('\n');
  expect(JSON.parse(record)).toMatchObject({ uuid, pingAge: expect.any(Number) as number });
  await hold.cancel();
  await dispatcher.deactivate();
});

it('D9 agent changes agents; drain waits for the end; forget removes the record', async () => {
  const { uuid } = await dispatchers.start('work', { size: 3 });
  const short = uuid.slice(0, 8);
  const added = await drover(['agent', short, 'work', 'gpu', '--size', '2', '--lanes', 'a', 'b']);
  expect(added.out).toBe('The agent work/gpu has the size 2, and serves a, b.\n');
  const resized = await drover(['agent', short, 'work', 'main', '--size', '0', '--json']);
  expect(documentIn(resized)).toMatchObject({ uuid, agent: { name: 'main', size: 0 } });
  expect((await drover(['agent', short, 'work', 'gpu', '--remove'])).out).toMatch(/is removed/);
  for (const bad of [[], ['--remove', '--size', '1'], ['--size', 'x'], ['--size', '-1']])
    expect((await drover(['agent', short, 'work', 'main', ...bad])).code).toBe(2);
  expect((await drover(['forget', short])).code).toBe(1);
  const drained = await drover(['drain', short, '--wait']);
  expect([drained.code, drained.out]).toEqual([0, `Dispatcher ${uuid} is deactivated.\n`]);
  const { out } = await drover(['dispatchers', '--ended']);
  expect(out).toMatch(new RegExp(`^${short} .* deactivated`, 'm'));
  expect((await drover(['forget', uuid])).code).toBe(0);
  expect(await fleet.get(uuid)).toBeUndefined();
  expect((await drover(['dispatcher', uuid])).err).toMatch(/there is no dispatcher/);
});

it('D8 following tells each job that ends once, and the changes of dispatchers', async () => {
  const view = new FleetView({ connection, prefix });
  cleanUpLater(() => view.close());
  const follower = view.follow();
  expect(await follower.next()).toEqual([]);
  const dispatcher = await dispatchers.start('work', { size: 3 });
  const good = await queue.put(echo.job(1));
  const bad = await queue.put(fails.job());
  await good.wait();
  await bad.wait().catch(() => undefined);
  const events = await follower.next();
  expect(events.map(({ event, job }) => `${event} ${job}`).sort()).toEqual(
    ['activated undefined', `completed ${good.id}`, `failed ${bad.id}`].sort(),
  );
  expect(events.find(({ event }) => event === 'failed')?.says).toContain('Error: broken');
  await queue.pause();
  await dispatcher.deactivate();
  const changes = (await follower.next()).map(({ event }) => event);
  expect(changes.sort()).toEqual(['deactivated', 'paused']);
  await queue.resume();
  expect((await follower.next()).map(({ event }) => event)).toEqual(['resumed']);
});

it('B2 tail and top write until the user ends them, and no escape of a job', async () => {
  const dispatcher = await dispatchers.start('work', { size: 3 });
  const ending = new AbortController();
  const job = fails.job();
  const { code, out } = await drover(['tail', 'work'], {
    columns: 160,
    signal: ending.signal,
    onOut: (text) => {
      if (text.includes('Follows work')) void queue.put(job);
      if (text.includes('broken')) ending.abort();
    },
  });
  expect(code).toBe(0);
  expect(out).toContain(`work fleet.fails ${job.id} failed`);
  expect(out).not.toContain('\x1b[2J');

  const shown = new AbortController();
  const top = await drover(['top'], {
    columns: 80,
    signal: shown.signal,
    onOut: (text) => {
      if (text.includes('alarm')) shown.abort();
    },
  });
  expect(top.code).toBe(0);
  expect(top.out.startsWith('\x1b[H\x1b[2J')).toBe(true);
  expect(top.out).toContain(dispatcher.uuid.slice(0, 8));
  const quit = await drover(['top'], { columns: 80, keys: 'pq' });
  expect([quit.code, quit.out]).toEqual([0, '']);
  await dispatcher.deactivate();
});

it('B3, D10 doctor finds what may become wrong, and exits with 1 on an alarm', async () => {
  const { code, out } = await drover(['doctor']);
  expect(code).toBe(0);
  expect(out).toContain('! Redis keeps no append-only file.\n  A restart forgets jobs.');
  expect(out).toContain("✓ This host's clock agrees with that of Redis.");
  expect(out).toContain('✓ There is no alarm.');
  await queue.put(echo.job(1));
  const wrong = await drover(['doctor', '--json']);
  expect(wrong.code).toBe(1);
  const findings = documentIn<Finding[]>(wrong).filter(({ level }) => level === 'wrong');
  expect(findings.map(({ about, says }) => `${about}: ${says}`)).toEqual([
    expect.stringMatching(/^alarms: No active agent serves the lane main/),
  ]);
});
