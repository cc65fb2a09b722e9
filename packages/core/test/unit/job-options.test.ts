// The options of a job: checks, and the stored form.
import { InvalidArgumentError } from '../../src/errors.js';
import {
  toStoredDefaults,
  toStoredOptions,
  type JobDefaults,
  type JobOptions,
} from '../../src/model/job-options.js';
import { optionsText } from '../../src/store/bullmq/put/option-text.js';
import { NeverRetry } from '../../src/model/retry/common.js';

const NOW = 1_700_000_000_000;

it('an option that is not given is not stored', () => {
  expect(toStoredOptions({}, NOW)).toEqual({});
  expect(
    toStoredOptions(
      { retryPolicy: undefined, beginAfter: undefined, failureLogLevel: undefined },
      NOW,
    ),
  ).toEqual({});
});

it('R1 a policy is stored by its name, whether given as object or name', () => {
  expect(toStoredOptions({ retryPolicy: NeverRetry }, NOW)).toEqual({ retryPolicy: 'NeverRetry' });
  expect(toStoredOptions({ retryPolicy: 'mine' }, NOW)).toEqual({ retryPolicy: 'mine' });
});

it('Q2 beginAfter is stored as a time in ms since 1970', () => {
  expect(toStoredOptions({ beginAfter: new Date(NOW + 5) }, NOW)).toEqual({ beginAfter: NOW + 5 });
  expect(toStoredOptions({ beginAfter: 5 }, NOW)).toEqual({ beginAfter: NOW + 5 });
  expect(toStoredOptions({ beginAfter: 0 }, NOW)).toEqual({ beginAfter: 0 });
  expect(toStoredOptions({ beginAfter: new Date(0) }, NOW)).toEqual({ beginAfter: 0 });
});

it('Q2 a fraction of a ms is rounded up, so that no job starts early', () => {
  expect(toStoredOptions({ beginAfter: 0.2 }, NOW)).toEqual({ beginAfter: NOW + 1 });
});

it.each(['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const)(
  'J8 failureLogLevel may be %s',
  (failureLogLevel) => {
    expect(toStoredOptions({ failureLogLevel }, NOW)).toEqual({ failureLogLevel });
  },
);

const wrong: [unknown, RegExp][] = [
  [{ beginAfter: -1 }, /beginAfter must be/],
  [{ beginAfter: NaN }, /beginAfter must be/],
  [{ beginAfter: Infinity }, /beginAfter must be/],
  [{ beginAfter: '5' }, /beginAfter must be/],
  [{ beginAfter: null }, /beginAfter must be/],
  [{ beginAfter: new Date('never') }, /beginAfter must be a valid Date/],
  [{ retryPolicy: '' }, /retryPolicy must be/],
  [{ retryPolicy: {} }, /retryPolicy must be/],
  [{ retryPolicy: null }, /retryPolicy must be/],
  [{ retryPolicy: 7 }, /retryPolicy must be/],
  [
    { failureLogLevel: 'loud' },
    /failureLogLevel must be one of trace, debug, info, warn, error, fatal/,
  ],
  [{ failureLogLevel: 'silent' }, /failureLogLevel must be one of/],
  [{ retries: 3 }, /a job has no option "retries"/],
  [{ beginAfter: 1, attempts: undefined }, /a job has no option "attempts"/],
];

it.each(wrong)('B2 %j is refused, and the error names the option', (options, why) => {
  expect(() => toStoredOptions(options as JobOptions, NOW)).toThrow(InvalidArgumentError);
  expect(() => toStoredOptions(options as JobOptions, NOW)).toThrow(why);
});

it('Q7 priority is stored as it is given, 0 too', () => {
  for (const priority of [0, 1, 2_097_151])
    expect(toStoredOptions({ priority }, NOW)).toEqual({ priority });
});

it.each([-1, 1.5, NaN, Infinity, 2_097_152, '1', null])(
  'Q7, B2 refuses the priority %p and says which are allowed',
  (priority) => {
    expect(() => toStoredOptions({ priority } as JobOptions, NOW)).toThrow(
      /priority must be a whole number from 0, the first, to 2097151, but it is /,
    );
  },
);

it('Q7, J11 priority is the first one in the text of options, and meta the last one', () => {
  const options = { lane: 'gpu', meta: { priority: 9 }, priority: 2, beginBy: 5 };
  const text = '{"priority":2,"lane":"gpu","beginBy":5,"meta":{"priority":9}}';
  expect(optionsText(options)).toBe(text);
  expect(optionsText(options, { priority: 3, meta: {} })).toBe(text);
  expect(optionsText({ lane: 'gpu' }, { priority: 0 })).toBe('{"priority":0,"lane":"gpu"}');
  expect(optionsText({}, {})).toBe('{}');
});

it('Q2 beginBy is stored as ms, and is above 0', () => {
  expect(toStoredOptions({ beginBy: 60_000 }, NOW)).toEqual({ beginBy: 60_000 });
  expect(toStoredOptions({ beginBy: 0.5 }, NOW)).toEqual({ beginBy: 1 });
  for (const beginBy of [0, -1, NaN, Infinity, '5', new Date(NOW), null]) {
    expect(() => toStoredOptions({ beginBy } as JobOptions, NOW)).toThrow(
      /beginBy must be a number of ms above 0/,
    );
  }
});

it('R1 tasks and queues can give retryPolicy and failureLogLevel', () => {
  expect(toStoredDefaults('they', { retryPolicy: NeverRetry, failureLogLevel: 'warn' })).toEqual({
    retryPolicy: 'NeverRetry',
    failureLogLevel: 'warn',
  });
});

it.each<[unknown, string]>([
  [null, 'they must be an object'],
  ['NeverRetry', 'they must be an object'],
  [{ beginAfter: 5 }, 'they may not have "beginAfter"'],
  [{ retryPolcy: NeverRetry }, 'they may not have "retryPolcy"'],
  [{ retryPolicy: 7 }, 'retryPolicy must be'],
])('B2 %j as defaults is refused, and the error names the option', (defaults, why) => {
  expect(() => toStoredDefaults('they', defaults as JobDefaults)).toThrow(InvalidArgumentError);
  expect(() => toStoredDefaults('they', defaults as JobDefaults)).toThrow(why);
});

it('J11 meta is stored as a copy of plain JSON', () => {
  const meta = { tenant: 'a', trace: ['00', null, { deep: 1.5 }] };
  const stored = toStoredOptions({ meta }, NOW);
  expect(stored).toEqual({ meta });
  meta.tenant = 'b';
  expect(stored.meta).toMatchObject({ tenant: 'a' });
  expect(toStoredOptions({ meta: {} }, NOW)).toEqual({ meta: {} });
});

it.each<[unknown, RegExp]>([
  ['a', /meta must be a plain object/],
  [null, /meta must be a plain object/],
  [['a'], /meta must be a plain object/],
  [new Map([['tenant', 'a']]), /meta must be a plain object/],
  [{ at: new Date() }, /plain JSON, but its value "at" is not/],
  [{ of: { tenant: undefined } }, /plain JSON, but its value "of" is not/],
  [{ n: NaN }, /plain JSON, but its value "n" is not/],
  [{ big: 1n }, /plain JSON, but its value "big" is not/],
  [{ text: 'ä'.repeat(1_100) }, /meta is 2211 bytes of JSON, and 2048 are the most/],
])('J11 refuses the meta %p and says what is wrong', (meta, message) => {
  expect(() => toStoredOptions({ meta } as JobOptions, NOW)).toThrow(InvalidArgumentError);
  expect(() => toStoredOptions({ meta } as JobOptions, NOW)).toThrow(message);
});
