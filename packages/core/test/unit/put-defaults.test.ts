// The defaults of a queue hold for one put only. A user's codec may start another put meanwhile,
// which has its own defaults (R1).
import { defineCodec } from '../../src/codec/define-codec.js';
import type { Job } from '../../src/job/job.js';
import { Placing } from '../../src/job/placing.js';
import { newWriting, writeNewJob, type WritingOptions } from '../../src/job/write-job.js';
import { defineTask } from '../../src/task/task.js';

const work = defineTask('put-defaults.work', (...values: unknown[]) => values.length);
class Money {}
/** The record of a put of the job by itself. */
const newStoredJob = (job: Job, options?: WritingOptions) =>
  writeNewJob(job, newWriting(new Placing(), options));

it('R1 a put inside another put leaves the defaults of the outer one unchanged', () => {
  const inner: unknown[] = [];
  defineCodec('put-defaults.money', {
    class: Money,
    encode: () => {
      inner.push(newStoredJob(work.job(), { defaults: { retryPolicy: 'inner' } }).options);
      const refused = (): unknown =>
        newStoredJob(work.job(Symbol('no')), { defaults: { retryPolicy: 'thrown' } });
      expect(refused).toThrow('args[0]');
      return {};
    },
    decode: () => new Money(),
  });
  const stored = newStoredJob(work.job(new Money(), work.job()), {
    defaults: { retryPolicy: 'outer' },
  });
  expect(inner).toEqual([{ retryPolicy: 'inner' }]);
  expect(stored.options).toEqual({ retryPolicy: 'outer' });
  const [, job] = JSON.parse(stored.args) as [unknown, { job: { options: unknown } }];
  expect(job.job.options).toEqual({ retryPolicy: 'outer' });
  expect(newStoredJob(work.job()).options).toEqual({});
});
