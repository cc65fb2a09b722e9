// Usage, testing: an assertion that code has put a job.
import { AssertionError } from 'node:assert';
import { defineTask, type Job, type Queue } from '@drover/core';
import { expectNoPut, expectPut, putsOf } from '@drover/core/testing';
import { serial } from '@drover/composite';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-puts');
const queue = context.queue('mails');
const welcome = defineTask('puts.welcome', async (to: string, _when?: Date) => to.length);
const count = defineTask('puts.count', async (ids: { id: number; tags: string[] }) => ids.id);
afterEach(async () => void (await queue.obliterate({ force: true })));

it('Q1 finds the jobs that are pending, due or not, with their types', async () => {
  await queue.put(welcome.job('ada'), { beginAfter: 3_600_000, lane: 'slow' });
  await queue.put(welcome.job('bob'));
  await queue.put(count.job({ id: 1, tags: [] }));
  const [ada] = await expectPut(queue, welcome, ['ada']);
  expect([ada.args, ada.status]).toEqual([['ada'], 'pending']);
  expect(await expectPut(queue, welcome)).toHaveLength(2);
  expect(await expectPut(queue, 'puts.welcome', ['bob'])).toHaveLength(1);
  expect(await expectPut(queue, welcome, (to) => to.startsWith('b'))).toHaveLength(1);
  await expectNoPut(queue, welcome, ['eve']);
  await expectNoPut(queue, 'puts.other');
});

it('J4 compares arguments deeply, with expectations of the test runner, and jobs by their ids', async () => {
  const about = defineTask('puts.about', async (..._args: unknown[]) => {});
  const other = await queue.put(welcome.job('other'));
  const at = new Date(2030, 1, 1);
  const map = new Map([['a', 1]]);
  await queue.put(about.job(other, at, map, { deep: [{ n: 1 }] }));
  await expectPut(queue, about, [other, at, new Map([['a', 1]]), { deep: [{ n: 1 }] }]);
  const any: unknown = expect.any(Number);
  await expectPut(queue, about, [other, expect.any(Date), map, { deep: [{ n: any }] }]);
  await expectNoPut(queue, about, [other, at, map, { deep: [{ n: 1, more: 1 }] }]);
  await expectNoPut(queue, about, [other, at, map, { deep: [] }]);
  await expectNoPut(queue, about, [welcome.job('new'), at, map, { deep: [{ n: 1 }] }]);
  await expectNoPut(queue, about, [other]);
});

it('B2 an assertion that fails lists the jobs that are there', async () => {
  const failed = (asserting: Promise<unknown>) =>
    asserting.then(
      () => 'no error',
      (error: unknown) => (error instanceof AssertionError ? error.message : error),
    );
  expect(await failed(expectPut(queue, welcome))).toBe(
    'puts.welcome was not put. No job is pending in the queue mails.',
  );
  await queue.put(count.job({ id: 1, tags: ['a'] }));
  expect(await failed(expectPut(queue, welcome, ['ada']))).toBe(
    "puts.welcome('ada') was not put. These are pending in the queue mails:\n" +
      "  puts.count({ id: 1, tags: [ 'a' ] })",
  );
  expect(await failed(expectNoPut(queue))).toMatch(/^a job was put\. These are pending/);
  await queue.putAll(Array.from({ length: 30 }, (_, i) => welcome.job(String(i))));
  expect(await failed(expectPut(queue, welcome, () => false))).toMatch(/\n {2}… and 11 more$/);
});

// A dispatcher may have run the jobs before the test looks.
it('Q1 finds what a function has put, also where it has run', async () => {
  await queue.put(welcome.job('before'), { beginAfter: 3_600_000 });
  await dispatchersIn(context).start('mails');
  const puts = await putsOf(queue, async () => {
    await (await queue.put(welcome.job('first'))).wait();
    const job = await queue.put(serial([welcome.job('a')]), { beginAfter: 3_600_000 });
    await job.addCallback(count.job() as Job);
  });
  expect(puts.map(({ task }) => task)).toEqual(['puts.welcome', 'drover.serial']);
  const [first] = await expectPut(puts, welcome);
  expect(first.result).toBe(5);
  await expectNoPut(puts, welcome, ['before']);
});

it('B2 says what is wrong', async () => {
  await expect(expectPut({} as Queue, welcome)).rejects.toThrow(
    'expectPut takes a Queue of @drover/core, not an object',
  );
  await expect(expectPut([1] as never, welcome)).rejects.toThrow('an array of jobs, not of 1');
  await expect(expectPut(queue, undefined as never)).rejects.toThrow('task must be a task');
  await expect(expectPut(queue, welcome, 'ada' as never)).rejects.toThrow(
    'the arguments of expectPut must be an array, or a function of them, not "ada"',
  );
  await expect(putsOf(queue, 1 as never)).rejects.toThrow('putsOf takes a function that puts jobs');
  await expect(
    putsOf(queue, () => {
      throw new Error('own');
    }),
  ).rejects.toThrow('own');
});
