// Jobs and failures inside values (J4).
import { decode, encode } from '../../src/codec/codec.js';
import type { NewJobData, StoredInside } from '../../src/codec/stored-jobs.js';
import { SerializationError } from '../../src/errors.js';
import { Failure } from '../../src/codec/failure.js';
import type { Job } from '../../src/job/job.js';
import { defineTask } from '../../src/task/task.js';

interface Revived {
  revived: NewJobData;
}

const revive = ({ job }: StoredInside): Revived => ({ revived: job as NewJobData });
const roundTrip = (value: unknown): unknown => decode(encode(value, 'args'), revive);
const inner = defineTask('codec.inner', (value: unknown) => value);

describe('jobs', () => {
  it('J4 a new job inside a value is stored whole, with its arguments', () => {
    const job = inner.job({ a: 1 });
    expect(roundTrip([job])).toEqual([
      { revived: { id: job.id, task: 'codec.inner', args: [{ a: 1 }], isShared: true } },
    ]);
  });

  it('J4 a new job keeps its options', () => {
    const job = inner.job(1).with({ retryPolicy: 'NeverRetry', failureLogLevel: 'warn' });
    const [{ revived }] = roundTrip([job]) as [Revived];
    expect(revived.options).toEqual({ retryPolicy: 'NeverRetry', failureLogLevel: 'warn' });
  });

  it('J4 jobs nest: the arguments of a job may hold jobs', () => {
    const innermost = inner.job('x');
    const [{ revived }] = roundTrip([inner.job([innermost])]) as [Revived];
    expect(revived.args).toEqual([
      [
        {
          $drover: 'newJob',
          job: { id: innermost.id, task: 'codec.inner', args: ['x'], isShared: true },
        },
      ],
    ]);
  });

  it('J4 a job in several places of a value arrives as one handle', () => {
    const job = inner.job('x');
    const [first, { deep, map }] = roundTrip([
      job,
      { deep: job, map: new Map([[job, new Set([job])]]) },
    ]) as [Revived, { deep: Revived; map: Map<Revived, Set<Revived>> }];
    expect(first.revived.id).toBe(job.id);
    expect(deep).toBe(first);
    expect(map.get(first)?.has(first)).toBe(true);
  });

  it('J4 a job inside a cycle arrives', () => {
    const loop: Record<string, unknown> = { job: inner.job(1) };
    loop['self'] = loop;
    const back = roundTrip(loop) as { self: unknown; job: Revived };
    expect(back.self).toBe(back);
    expect(back.job.revived).toMatchObject({ task: 'codec.inner', args: [1] });
  });

  it('J4 a job whose arguments cannot be stored is refused with the path', () => {
    expect(() => encode([1, { a: inner.job({ f: () => {} }) }], 'args')).toThrow(
      /^args\[1\]\.a\.args\[0\]\.f is a function/,
    );
    const inMany = [inner.job(1), inner.job([inner.job(new Date()), inner.job(Symbol('s'))])];
    expect(() => encode(inMany, 'args')).toThrow(
      /^args\[1\]\.args\[0\]\[1\]\.args\[0\] is a symbol/,
    );
    const withCallback = inner.job(1);
    void withCallback.addCallback(inner.job(new Map([['k', () => {}]])) as Job);
    expect(() => encode([inner.job(2), { withCallback }], 'args')).toThrow(
      /^args\[1\]\.withCallback\.args\[0\]\.get\("k"\) is a function/,
    );
  });

  it('J4 a reference without an id is damaged', () => {
    const place = '"queue":"q","lane":"main"';
    for (const job of ['null', '7', `{"task":"t",${place}}`, `{"id":7,"task":"t",${place}}`]) {
      expect(() => decode(`[{"$drover":"job","job":${job}}]`, revive)).toThrow(SerializationError);
    }
  });

  it.each(['id', 'task', 'queue', 'lane'])('J12 a reference without its %s is damaged', (field) => {
    const whole = { id: '1', task: 't', queue: 'q', lane: 'main' };
    const job = { ...whole, [field]: undefined };
    expect(() => decode(JSON.stringify([{ $drover: 'job', job }]), revive)).toThrow(
      SerializationError,
    );
    expect(decode(JSON.stringify([{ $drover: 'job', job: whole }]), revive)).toEqual([
      { revived: whole },
    ]);
  });

  it.each([
    { id: '1', task: 't' },
    { id: '1', task: 't', args: [], callbacks: [{}] },
    { id: '1', args: [] },
  ])('J12 a new job with a missing or damaged field is refused as damaged: %j', (job) => {
    expect(() => decode(JSON.stringify([{ $drover: 'newJob', job }]), revive)).toThrow(
      SerializationError,
    );
  });

  it('J12 an origin without its lane is refused as damaged', () => {
    const job = { id: '1', task: 't', queue: 'q', lane: 'main', origin: { id: '2', queue: 'q' } };
    expect(() => decode(JSON.stringify([{ $drover: 'job', job }]), revive)).toThrow(
      SerializationError,
    );
  });

  it('J4 a value without references revives no job', () => {
    const never = (): never => {
      throw new Error('a job was made');
    };
    expect(decode('{"job":{"id":"1","task":"t"}}', never)).toEqual({ job: { id: '1', task: 't' } });
  });
});

describe('failures', () => {
  it('J4 a failure is a value', () => {
    const failure = Failure.from(
      Object.assign(new RangeError('too far', { cause: new Error('why') }), { limit: 3 }),
    );
    const [back] = roundTrip([failure]) as [Failure];
    expect(back).toBeInstanceOf(Failure);
    expect(back.toJSON()).toEqual(failure.toJSON());
    expect(back.cause?.message).toBe('why');
    expect(back.fields).toEqual({ limit: 3 });
  });

  it('J4 a field of a failure that looks like a tag stays data', () => {
    const failure = Failure.from(
      Object.assign(new Error('odd'), { details: { $drover: 'undefined' } }),
    );
    const [back] = roundTrip([failure]) as [Failure];
    expect(back.fields).toEqual({ details: { $drover: 'undefined' } });
  });
});

it('J4 jobs, failures, undefined and objects with the tag key can be mixed', () => {
  const job = inner.job();
  const failure = Failure.from(new Error('f'));
  const back = roundTrip([
    { $drover: job },
    failure,
    undefined,
    { $drover: [undefined] },
  ]) as unknown[];
  expect(back).toEqual([
    { $drover: { revived: { id: job.id, task: 'codec.inner', args: [], isShared: true } } },
    failure,
    undefined,
    { $drover: [undefined] },
  ]);
});
