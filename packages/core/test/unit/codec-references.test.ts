// Jobs and failures inside values: stored as what they are, and back (J4).
import { decode, encode, toStoredReference, type JobReferenceData } from '../../src/codec.js';
import { Failure } from '../../src/failure.js';
import { defineTask } from '../../src/task.js';

interface Revived {
  revived: JobReferenceData;
}

const revive = (revived: JobReferenceData): Revived => ({ revived });
const roundTrip = (value: unknown): unknown => decode(encode(value, 'args'), revive);
const inner = defineTask('codec.inner', (value: unknown) => value);

describe('jobs', () => {
  it('J4 a new job inside a value is stored whole: it is put with what holds it', () => {
    const job = inner.job({ a: 1 });
    expect(roundTrip([job])).toEqual([{ revived: { id: job.id, task: 'codec.inner', args: [{ a: 1 }] } }]);
  });

  it('J4 the options of a new job go with it', () => {
    const job = inner.job(1).with({ retryPolicy: 'NeverRetry', failureLogLevel: 'warn' });
    const [{ revived }] = roundTrip([job]) as [Revived];
    expect(revived.options).toEqual({ retryPolicy: 'NeverRetry', failureLogLevel: 'warn' });
  });

  it('J4 jobs nest: the arguments of a job may hold jobs', () => {
    const innermost = inner.job('x');
    const outer = inner.job([innermost, { deep: innermost }]);
    const [{ revived }] = roundTrip([outer]) as [Revived];
    const stored = revived.args?.[0] as { $drover?: string; job?: JobReferenceData }[];
    expect(stored[1]).toEqual({ deep: stored[0] });
    expect(stored[0]).toEqual({ $drover: 'job', job: { id: innermost.id, task: 'codec.inner', args: ['x'] } });
  });

  it('J4 a job whose arguments cannot be stored is refused with the path', () => {
    expect(() => encode([inner.job({ f: () => {} })], 'args')).toThrow(/args\[0\]\.f is a function/);
  });

  it('J4 anything that says how it is stored is taken as a job', () => {
    const reference = { id: 'an-id', task: 'a.task', queue: 'somewhere', lane: 'main' };
    expect(roundTrip({ a: [{ [toStoredReference]: () => reference }] })).toEqual({ a: [{ revived: reference }] });
  });

  it('J4 a value without jobs makes none', () => {
    const never = (): never => {
      throw new Error('a job was made');
    };
    expect(decode('{"job":{"id":"1","task":"t"}}', never)).toEqual({ job: { id: '1', task: 't' } });
  });
});

describe('failures', () => {
  it('J4 a failure is a value', () => {
    const failure = Failure.from(Object.assign(new RangeError('too far', { cause: new Error('why') }), { limit: 3 }));
    const [back] = roundTrip([failure]) as [Failure];
    expect(back).toBeInstanceOf(Failure);
    expect(back.toJSON()).toEqual(failure.toJSON());
    expect(back.cause?.message).toBe('why');
    expect(back.fields).toEqual({ limit: 3 });
  });

  it('J4 a failure whose fields look like a tag keeps them as data', () => {
    const failure = Failure.from(Object.assign(new Error('odd'), { details: { $drover: 'undefined' } }));
    const [back] = roundTrip([failure]) as [Failure];
    expect(back.fields).toEqual({ details: { $drover: 'undefined' } });
  });

  it('J4 an Error that is no Failure has no codec yet, and is refused by name', () => {
    expect(() => encode([new TypeError('x')], 'args')).toThrow(/args\[0\] is a TypeError/);
  });
});

it('J4 jobs, failures, undefined and objects with the tag key stand side by side', () => {
  const job = inner.job();
  const failure = Failure.from(new Error('f'));
  const back = roundTrip([{ $drover: job }, failure, undefined, { $drover: [undefined] }]) as unknown[];
  expect(back).toEqual([
    { $drover: { revived: { id: job.id, task: 'codec.inner', args: [] } } },
    failure,
    undefined,
    { $drover: [undefined] },
  ]);
});
