// The options of a dispatcher: checks with clear errors (B2), and defaults.
import { InvalidArgumentError } from '@drover/core';
import type { DispatcherOptions } from '../../src/options/options.js';
import { toSettings } from '../../src/options/settings.js';

const uuid = '01990000-0000-4000-8000-000000000000';
const valid: DispatcherOptions = {
  uuid,
  connection: 'redis://h',
  queues: { images: { main: {} } },
};

const WEEK_OR_10_000 = { age: 7 * 24 * 3_600_000, count: 10_000 };

it('options that are not given have their defaults', () => {
  const { logger, ...settings } = toSettings(valid);
  expect(settings).toEqual({
    target: { kind: 'server', options: { host: 'h', port: 6379 } },
    keepCompleted: { images: { succeeded: WEEK_OR_10_000, failed: WEEK_OR_10_000 } },
    keepOfNewQueue: { succeeded: WEEK_OR_10_000, failed: WEEK_OR_10_000 },
    retention: 24 * 3_600_000,
    prefix: '{drover}',
    uuid,
    uuidFrom: 'the option uuid',
    agents: [{ queue: 'images', name: 'main', size: 1, lanes: ['main'] }],
    queues: ['images'],
    taskModules: [],
    pingInterval: 2_000,
    deathInterval: 10_000,
    maxBlock: 60_000,
    maxDataBytes: 5 * 1024 * 1024,
    takeover: 'auto',
    signals: true,
  });
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
  expect(Object.keys(logger)).toEqual([...levels, 'isDebug']);
});

it('B2 an interval may be as long as the longest timer', () => {
  const longest = 2 ** 31 - 1;
  const given = { pingInterval: 1e9, deathInterval: longest, maxBlock: longest };
  expect(toSettings({ ...valid, ...given })).toMatchObject(given);
});

it('agents of several queues keep the given order', () => {
  const queues = {
    images: { main: { size: 10 }, spare: {} },
    mails: { 'an agent': { size: 1, lanes: ['gpu', 'main'] } },
  };
  expect(toSettings({ ...valid, queues }).agents).toEqual([
    { queue: 'images', name: 'main', size: 10, lanes: ['main'] },
    { queue: 'images', name: 'spare', size: 1, lanes: ['main'] },
    { queue: 'mails', name: 'an agent', size: 1, lanes: ['gpu', 'main'] },
  ]);
});

const agents = (agent: unknown, name = 'main'): object => ({
  queues: { images: { [name]: agent } },
});
const wrong: [object, RegExp][] = [
  [
    { queues: undefined },
    /queues must name at least one queue: \{ images: \{ main: \{ size: 10 \} \} \}/,
  ],
  [{ queues: {} }, /queues must name at least one queue/],
  [{ queues: 'images' }, /queues must name at least one queue/],
  [{ queues: { images: {} } }, /queues\.images must name at least one agent/],
  [{ queues: { images: null } }, /queues\.images must name at least one agent/],
  [{ queues: { images: 10 } }, /queues\.images must name at least one agent/],
  [{ queues: { 'a:b': { main: {} } } }, /the name of a queue may not contain/],
  [{ queues: { dispatchers: { main: {} } } }, /is reserved/],
  [agents({}, 'a/b'), /the name of an agent may not contain/],
  [agents({}, 'system'), /queues\.images\.system: the name system is Drover's own/],
  [agents(5), /queues\.images\.main must be \{ size \}/],
  [agents(null), /queues\.images\.main must be \{ size \}/],
  [agents({ concurrency: 5 }), /queues\.images\.main has no option "concurrency"/],
  ...[0, -1, 1.5, NaN, Infinity, '5', null].map((size): [object, RegExp] => [
    agents({ size }),
    /queues\.images\.main\.size must be a whole number, from 1/,
  ]),
  [
    agents({ lanes: [] }),
    /queues\.images\.main\.lanes must be an array that names at least one lane/,
  ],
  [agents({ lanes: 'gpu' }), /queues\.images\.main\.lanes must be an array/],
  [agents({ lanes: ['gpu', 'gpu'] }), /queues\.images\.main\.lanes names a lane twice/],
  [agents({ lanes: ['system'] }), /the lane name "system" is reserved/],
  [agents({ lanes: [7] }), /the name of a lane must be a string/],
  [{ uuid: 'not-a-uuid' }, /the option uuid does not hold a UUID/],
  [{ prefix: '' }, /prefix must be a string/],
  [{ prefix: 7 }, /prefix must be a string/],
  [{ takeover: 'always' }, /takeover must be 'auto' or 'force'/],
  [{ pingInterval: 5 }, /pingInterval must be at least 10 ms/],
  [{ deathInterval: NaN }, /deathInterval must be at least 10 ms/],
  [{ maxBlock: null }, /maxBlock must be at least 10 ms/],
  [{ deathInterval: 30 * 24 * 3_600_000 }, /deathInterval must be at most 2147483647 ms/],
  [{ pingInterval: 2 ** 31, deathInterval: 2 ** 33 }, /pingInterval must be at most 2147483647 ms/],
  [
    { maxBlock: 1e12 },
    /maxBlock must be at most 2147483647 ms, some 24 days: no timer waits longer/,
  ],
  [{ maxBlock: Infinity }, /maxBlock must be at most 2147483647 ms/],
  [{ deathInterval: 10_000.5 }, /deathInterval must be a whole number of ms/],
  [{ pingInterval: '2000' }, /pingInterval must be at least 10 ms/],
  [{ pingInterval: 6_000 }, /deathInterval \(10000\) must be at least twice pingInterval \(6000\)/],
  [{ deathInterval: 3_999 }, /deathInterval \(3999\) must be at least twice pingInterval \(2000\)/],
  [{ connection: 'nowhere' }, /connection is not a valid URL/],
  [{ concurrency: 5 }, /a dispatcher has no option "concurrency"/],
];

it.each(wrong)('B2 %j is refused with the reason', (some, why) => {
  const make = (): unknown => toSettings({ ...valid, ...some } as DispatcherOptions);
  expect(make).toThrow(InvalidArgumentError);
  expect(make).toThrow(why);
});

it.each([undefined, null, 7])('B2 %p instead of options is refused', (options) => {
  expect(() => toSettings(options as never)).toThrow(/a Dispatcher needs options/);
});

it.each([
  { signals: 'no' },
  { logger: {} },
  { logger: { child: () => {}, info: () => {} } },
  { logger: null },
])('B2 %j is refused', (some) => {
  expect(() => toSettings({ ...valid, ...some } as never)).toThrow(InvalidArgumentError);
});

const keptBy = (keepCompleted: unknown, ...queues: string[]) =>
  toSettings({
    ...valid,
    queues: Object.fromEntries(['images', ...queues].map((queue) => [queue, { main: {} }])),
    keepCompleted,
  } as never).keepCompleted;

it('J9 keepCompleted takes either limit, or none, for both outcomes', () => {
  const { age } = WEEK_OR_10_000;
  expect(keptBy({ count: 5 })).toEqual({
    images: { succeeded: { age, count: 5 }, failed: { age, count: 5 } },
  });
  const all = { age: Infinity, count: Infinity };
  expect(keptBy(all)).toEqual({ images: { succeeded: all, failed: all } });
});

it('J9 keepCompleted takes limits by outcome and by queue, of which the nearest counts', () => {
  const keep = {
    ...{ age: 1, succeeded: { count: 2 }, failed: { age: 3 } },
    queues: { mails: { count: 4, failed: { count: 5 } }, constructor: {} },
  };
  expect(keptBy(keep, 'mails', 'constructor')).toEqual({
    images: { succeeded: { age: 1, count: 2 }, failed: { age: 3, count: 10_000 } },
    mails: { succeeded: { age: 1, count: 4 }, failed: { age: 3, count: 5 } },
    constructor: { succeeded: { age: 1, count: 2 }, failed: { age: 3, count: 10_000 } },
  });
  expect(keptBy({ count: 1 }, 'constructor').constructor).toEqual(keptBy({ count: 1 }).images);
});

it.each<[unknown, string]>([
  [{ age: -1 }, 'keepCompleted.age must be a number of ms'],
  [{ age: '5' }, 'keepCompleted.age must be a number of ms'],
  [{ age: NaN }, 'keepCompleted.age must be a number of ms'],
  [{ count: 1.5 }, 'keepCompleted.count must be a whole number'],
  [{ count: -1 }, 'keepCompleted.count must be a whole number'],
  [{ days: 7 }, 'keepCompleted has no option "days"'],
  [7, 'keepCompleted must be an object'],
  [{ failed: 7 }, 'keepCompleted.failed must be an object: { age, count }'],
  [{ succeeded: { count: '7' } }, 'keepCompleted.succeeded.count must be'],
  [{ failed: { queues: {} } }, 'keepCompleted.failed has no option "queues"'],
  [{ queues: [7] }, 'keepCompleted.queues.0: this dispatcher has no such queue, only images'],
  [{ queues: null }, 'keepCompleted.queues must be an object: { images: { count: 500 } }'],
  [{ queues: { image: {} } }, 'keepCompleted.queues.image: this dispatcher has no such queue'],
  [{ queues: { images: 7 } }, 'keepCompleted.queues.images must be an object'],
  [{ queues: { images: { queues: {} } } }, 'keepCompleted.queues.images has no option "queues"'],
  [{ queues: { images: { failed: { age: -1 } } } }, 'keepCompleted.queues.images.failed.age'],
])('J9, B2 keepCompleted refuses %j', (keepCompleted, message) => {
  expect(() => keptBy(keepCompleted)).toThrow(InvalidArgumentError);
  expect(() => keptBy(keepCompleted)).toThrow(message);
});

const threaded = (threads: unknown, taskModules?: unknown) =>
  toSettings({ queues: { q: { main: { threads } } }, taskModules, uuid } as never);

it('D7 an agent may have threads, with task modules that exist', () => {
  const { agents, taskModules } = threaded(true, [new URL(import.meta.url)]);
  expect([agents[0]?.threads, taskModules]).toEqual([{}, [import.meta.url]]);
  const resourceLimits = { maxOldGenerationSizeMb: 64 };
  expect(threaded({ resourceLimits }, [import.meta.url]).agents[0]?.threads).toEqual({
    resourceLimits,
  });
  const execArgv = ['--conditions', 'development'];
  expect(threaded({ execArgv }, [import.meta.url]).agents[0]?.threads).toEqual({ execArgv });
  expect(threaded(false).agents[0]?.threads).toBeUndefined();
});

it.each<[unknown, unknown, string]>([
  [true, undefined, 'queues.q.main has threads, which need the modules of the tasks'],
  [true, [], 'queues.q.main has threads'],
  [true, ['./nowhere.js'], 'taskModules[0]: there is no file'],
  [true, [import.meta.url, , 7], 'taskModules[1] must be a file: URL or a path'],
  [true, [7], 'taskModules[0] must be a file: URL or a path'],
  [true, 'tasks.js', 'taskModules must be an array'],
  [3, ['x'], 'queues.q.main.threads must be true, false, or { resourceLimits, execArgv }'],
  [{ size: 3 }, ['x'], 'queues.q.main.threads has no option "size"'],
  [{ execArgv: '--import' }, ['x'], 'queues.q.main.threads.execArgv must be an array of flags'],
  [{ execArgv: ['--no-such-flag'] }, ['x'], 'queues.q.main.threads.execArgv: '],
  [{ execArgv: ['--max-old-space-size=9'] }, ['x'], 'queues.q.main.threads.execArgv: '],
  [{ resourceLimits: 3 }, ['x'], 'queues.q.main.threads.resourceLimits must be an object'],
])(
  'B2 threads %j with taskModules %j are refused, and the error names the option',
  (threads, taskModules, why) => {
    expect(() => threaded(threads, taskModules)).toThrow(InvalidArgumentError);
    expect(() => threaded(threads, taskModules)).toThrow(why);
  },
);
