// The options of a dispatcher: checked, each error naming what is wrong (B2), and completed.
import { InvalidArgumentError } from '@drover/core';
import { toSettings, type DispatcherOptions } from '../../src/options.js';

const uuid = '01990000-0000-4000-8000-000000000000';
const valid: DispatcherOptions = { uuid, connection: 'redis://h', queues: { images: { main: {} } } };

it('defaults', () => {
  const { logger, ...settings } = toSettings(valid);
  expect(settings).toEqual({
    place: { kind: 'server', options: { host: 'h', port: 6379 } },
    prefix: '{drover}',
    uuid,
    agents: [{ queue: 'images', name: 'main', size: 1 }],
    queues: ['images'],
    pingInterval: 2_000,
    deathInterval: 10_000,
    maxBlock: 60_000,
    maxDataBytes: 5 * 1024 * 1024,
    takeover: 'auto',
    signals: true,
  });
  expect(logger.level).toBe('info');
});

it('agents of several queues, in the order given', () => {
  const queues = { images: { main: { size: 10 }, spare: {} }, mails: { 'an agent': { size: 1 } } };
  expect(toSettings({ ...valid, queues }).agents).toEqual([
    { queue: 'images', name: 'main', size: 10 },
    { queue: 'images', name: 'spare', size: 1 },
    { queue: 'mails', name: 'an agent', size: 1 },
  ]);
});

const agents = (agent: unknown, name = 'main'): object => ({ queues: { images: { [name]: agent } } });
const wrong: [object, RegExp][] = [
  [{ queues: undefined }, /queues must name at least one queue: \{ images: \{ main: \{ size: 10 \} \} \}/],
  [{ queues: {} }, /queues must name at least one queue/],
  [{ queues: 'images' }, /queues must name at least one queue/],
  [{ queues: { images: {} } }, /queues\.images must name at least one agent/],
  [{ queues: { images: null } }, /queues\.images must name at least one agent/],
  [{ queues: { images: 10 } }, /queues\.images must name at least one agent/],
  [{ queues: { 'a:b': { main: {} } } }, /the name of a queue may not contain/],
  [{ queues: { dispatchers: { main: {} } } }, /is reserved/],
  [agents({}, 'a/b'), /the name of a agent may not contain/],
  [agents({}, 'system'), /queues\.images\.system: the name system is Drover's own/],
  [agents(5), /queues\.images\.main must be \{ size \}/],
  [agents(null), /queues\.images\.main must be \{ size \}/],
  [agents({ concurrency: 5 }), /queues\.images\.main has no option "concurrency"/],
  ...[0, -1, 1.5, NaN, Infinity, '5', null].map((size): [object, RegExp] => [
    agents({ size }),
    /queues\.images\.main\.size must be a whole number, from 1/,
  ]),
  [{ uuid: 'not-a-uuid' }, /the option uuid does not hold a UUID/],
  [{ prefix: '' }, /prefix must be a string/],
  [{ prefix: 7 }, /prefix must be a string/],
  [{ takeover: 'always' }, /takeover must be 'auto' or 'force'/],
  [{ pingInterval: 5 }, /pingInterval must be at least 10 ms/],
  [{ deathInterval: NaN }, /deathInterval must be at least 10 ms/],
  [{ maxBlock: Infinity }, /maxBlock must be at least 10 ms/],
  [{ pingInterval: '2000' }, /pingInterval must be at least 10 ms/],
  [{ pingInterval: 6_000 }, /deathInterval \(10000\) must be at least twice pingInterval \(6000\)/],
  [{ deathInterval: 3_999 }, /deathInterval \(3999\) must be at least twice pingInterval \(2000\)/],
  [{ connection: 'nowhere' }, /connection is not a valid URL/],
  [{ concurrency: 5 }, /a dispatcher has no option "concurrency"/],
];

it.each(wrong)('B2 %j is refused, and why is said', (some, why) => {
  const make = (): unknown => toSettings({ ...valid, ...some } as DispatcherOptions);
  expect(make).toThrow(InvalidArgumentError);
  expect(make).toThrow(why);
});

it.each([undefined, null, 7])('B2 %p is no options', (options) => {
  expect(() => toSettings(options as never)).toThrow(/a Dispatcher needs options/);
});

it.each([{ signals: 'no' }, { logger: {} }])('B2 %j is refused', (some) => {
  expect(() => toSettings({ ...valid, ...some } as never)).toThrow(InvalidArgumentError);
});
