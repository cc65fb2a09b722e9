// Invalid composites are refused when they are made or put (B2, J4).
import { BadStatusError, InvalidArgumentError, SerializationError, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { give } from './dispatchers.js';

const context = testContext('composite-bad-input');
const queue = context.queue('bad-input');
const twice = give.job('twice');

describe.each([
  ['serial', serial],
  ['parallel', parallel],
])('%s', (name, compose) => {
  it.each<[string, unknown, unknown, RegExp]>([
    ['no array', give.job(1), {}, /takes an array of jobs: .*\(\[a\.job\(\), b\.job\(\)\]\)/],
    ['undefined', undefined, {}, /takes an array of jobs/],
    [
      'a copy of a task as a part',
      [give.job(1), { ...give }],
      {},
      /part 1 of .* is not a job, but an object that looks like/,
    ],
    [
      'a promise of a job as a part',
      [Promise.resolve(give.job(1))],
      {},
      /part 0 of .* is not a job/,
    ],
    ['one part twice', [twice, twice], {}, /part 1 of .* is there twice: make a job for each time/],
    [
      'a part as postprocess',
      [twice],
      { postprocess: twice },
      /the postprocess of .* is there twice/,
    ],
    [
      'a postprocess that is no job',
      [give.job(1)],
      { postprocess: {} },
      /the postprocess of .* is not a job, but an object: use/,
    ],
    ['null as options', [give.job(1)], null, /the options of .* must be an object/],
    [
      'an unknown option',
      [give.job(1)],
      { postProcess: give.job(1) },
      /has no option "postProcess"/,
    ],
  ])('B2 %s is refused', (_what, parts, options, why) => {
    const make = (): unknown => compose(parts as Job[], options as object);
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(why);
    expect(make).toThrow(name);
  });

  it('Q1 a part that was put is refused', async () => {
    const put = await queue.put(give.job('put'));
    expect(() => compose([give.job(1), put])).toThrow(BadStatusError);
    expect(() => compose([give.job(1)], { postprocess: put })).toThrow(
      /the postprocess of .* was put already/,
    );
    await queue.remove(put);
  });

  it('J4 a part with unstorable arguments refuses the put of the composite', async () => {
    const job = compose([give.job(1), give.job({ f: () => {} })]);
    await expect(queue.put(job)).rejects.toThrow(SerializationError);
    expect(await queue.length()).toBe(0);
    expect([job.status, job.jobs[0]?.status]).toEqual(['new', 'new']);
  });

  it('J4 the path of the error names the part', async () => {
    const job = compose([give.job(1), give.job({ f: () => {} })]);
    await expect(queue.put(job)).rejects.toMatchObject({ path: 'args[0][1].args[0].f' });
  });

  it('Q1 a part of a stored composite can neither be put nor composed again', async () => {
    const part = give.job(1);
    const job = await queue.put(compose([part]));
    const outcomes = [
      await queue.put(part).then(
        () => 'put',
        (error: Error) => error.name,
      ),
    ];
    try {
      compose([part]);
      outcomes.push('composed');
    } catch (error) {
      outcomes.push((error as Error).name);
    }
    for (const one of [job, part]) await queue.remove(one.id).catch(() => {});
    expect(outcomes).toEqual(['BadStatusError', 'BadStatusError']);
  });
});
