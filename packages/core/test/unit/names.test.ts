// The names of queues, agents and lanes, and the ids of jobs: they become parts of Redis keys.
import { InvalidArgumentError } from '../../src/errors.js';
import { checkId, checkName } from '../../src/lib/names.js';

it.each(['images', 'a', 'with space', 'ünïcode-名前', 'dots.and_lines-', 'x'.repeat(200), '0'])(
  '%p is accepted as a name',
  (name) => {
    for (const what of ['queue', 'lane', 'agent'] as const)
      expect(() => checkName(what, name)).not.toThrow();
  },
);

it.each([
  ['', /must be a string that is not empty/],
  [undefined, /not undefined/],
  [7, /not 7/],
  [{}, /not an object/],
  ['a:b', /may not contain : \/ \{ \}/],
  ['a/b', /may not contain/],
  ['{a}', /may not contain/],
  ['line\nbreak', /control characters/],
  ['\u0000', /control characters/],
  ['x'.repeat(201), /at most 200/],
])('B2 %p is refused as a name, with the reason', (name, why) => {
  for (const what of ['queue', 'lane', 'agent'] as const) {
    expect(() => checkName(what, name)).toThrow(InvalidArgumentError);
    expect(() => checkName(what, name)).toThrow(why);
    expect(() => checkName(what, name)).toThrow(
      `the name of ${what === 'agent' ? 'an' : 'a'} ${what}`,
    );
  }
});

it.each(['dispatcher', 'dispatchers'])(
  'a queue cannot be named %s, which is the key of dispatchers',
  (name) => {
    expect(() => checkName('queue', name)).toThrow(/is reserved: choose another/);
    expect(() => checkName('agent', name)).not.toThrow();
  },
);

it('B2 a long wrong name is shortened in the error', () => {
  let message = '';
  try {
    checkName('queue', `${'x'.repeat(5_000)}:`);
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message.length).toBeGreaterThan(0);
  expect(message.length).toBeLessThan(250);
});

it('an id may be any short text that fits in a key', () => {
  for (const id of ['01990000-0000-7000-8000-000000000000', 'x.interrupt.1'])
    expect(() => checkId(id)).not.toThrow();
  for (const id of ['', 'a:b', 'a/b', '{a}', 'x'.repeat(201), undefined, null, 7, {}, []]) {
    expect(() => checkId(id)).toThrow(InvalidArgumentError);
    expect(() => checkId(id)).toThrow(/a job id must be/);
  }
});
