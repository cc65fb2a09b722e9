// Values that are nested deep, and jobs among their own arguments (J4).
import { decode, encode } from '../../src/codec/codec.js';
import { SerializationError } from '../../src/errors.js';
import '../../src/codec/failure.js';
import { defineTask } from '../../src/task/task.js';

const within = defineTask('refusals.within', (value: unknown) => value);

function refusalOf(value: unknown, root = 'args'): SerializationError {
  try {
    encode(value, root);
  } catch (error) {
    expect(error).toBeInstanceOf(SerializationError);
    return error as SerializationError;
  }
  throw new Error('it was not refused');
}

const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { a: value };
  return value;
};

it('J4 a value may be nested 500 deep, plain or not', () => {
  expect(JSON.parse(encode(nested(500), 'args'))).toEqual(nested(500));
  expect(refusalOf(nested(502)).message).toMatch(/nested over 500 deep/);
  expect(refusalOf([undefined, nested(502)]).message).toMatch(/nested over 500 deep/);
});

it.each([10_000, 1_000_000])(
  'J4 a value nested %d deep is refused without a stack overflow',
  (depth) => {
    expect(refusalOf(nested(depth)).message).toMatch(/^args.* is nested over 500 deep$/);
  },
);

it('J4 a text nested a million deep is refused without a stack overflow', () => {
  const deep = `${'['.repeat(1_000_000)}{"$drover":"undefined"}${']'.repeat(1_000_000)}`;
  expect(() => decode(deep, () => undefined)).toThrow(SerializationError);
});

it('J4 jobs nested too deep for the stack are refused with an error that says so', () => {
  let job = within.job(1);
  for (let i = 0; i < 20_000; i++) job = within.job(job);
  expect(refusalOf([job]).message).toMatch(/is nested too deep/);
});

it('J4 a job among its own arguments is refused with the path', () => {
  const values = new Map<string, unknown>();
  const job = within.job([values]);
  values.set('itself', job);
  expect(refusalOf([job])).toMatchObject({
    path: 'args[0].args[0][0].get("itself")',
    message: expect.stringContaining(`is job ${job.id} (refusals.within) itself`) as string,
  });
});

it('J4, C4 a job among the arguments of a job may refer back to that job', () => {
  const values: unknown[] = [];
  const job = within.job([within.job(values)]);
  values.push(job);
  expect(JSON.parse(encode([job], 'args'))).toMatchObject([
    { job: { args: [[{ job: { args: [[{ job: { id: job.id } }]] } }]] } },
  ]);
});

it('J4 a symbol deep inside a value is refused with its path', () => {
  const value = { first: 'fine', then: [{ at: { last: Symbol('s') } }] };
  expect(refusalOf(value).path).toBe('args.then[0].at.last');
});
