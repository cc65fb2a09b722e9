// Tasks: a name for a function, and jobs that bind arguments to it (J1).
import { unlessTask } from '../../src/job/task-as-job.js';
import { DuplicateNameError, InvalidArgumentError } from '../../src/errors.js';
import { Job } from '../../src/job/job.js';
import { NeverRetry } from '../../src/model/retry/common.js';
import { defineTask, taskNamed } from '../../src/task/task.js';

const add = (a: number, b: number): number => a + b;

it('J1 a task is found by its name, and calls its function', () => {
  const task = defineTask('unit.add', add);
  expect(taskNamed('unit.add')).toBe(task);
  expect(taskNamed('unit.add')?.name).toBe('unit.add');
  expect(task.run(1, 2)).toBe(3);
  expect(taskNamed('unit.unknown')).toBeUndefined();
});

it('J1 a name with the same function gives the same task, and with another function throws', () => {
  const task = defineTask('unit.twice', add);
  expect(defineTask('unit.twice', add)).toBe(task);
  const define = () => defineTask('unit.twice', (a: number, b: number) => a * b);
  expect(define).toThrow(DuplicateNameError);
  expect(define).toThrow(/already defined, with another function \(at .*define-task\.test\.ts/);
  expect(taskNamed('unit.twice')).toBe(task);
});

/** A task as a module defines it each time it is evaluated: same source text, own variables. */
const evaluated = (size: number) => defineTask('unit.evaluated', (n: number) => n * size);

it('J1 a module that is evaluated again replaces its task, and both make jobs', () => {
  const [before, after] = [evaluated(2), evaluated(3)];
  expect(taskNamed('unit.evaluated')).toBe(after);
  expect(after.run(2)).toBe(6);
  for (const task of [before, after]) expect(unlessTask(task)).toBeInstanceOf(Job);
  expect(before.job(1).task).toBe('unit.evaluated');
});

it('J1 { replace: true } replaces the function and the options of a task', () => {
  defineTask('unit.replaced', add, { retryPolicy: NeverRetry });
  const task = defineTask('unit.replaced', (a: number) => a, { replace: true });
  expect(taskNamed('unit.replaced')).toBe(task);
  expect(task.job(1).options).toEqual({});
});

it('J1 `job` binds arguments and does not call the function', () => {
  let calls = 0;
  const task = defineTask('unit.counts', (...args: unknown[]) => (calls += args.length));
  const job = task.job('a', 2);
  expect(job).toBeInstanceOf(Job);
  expect([job.task, job.args, job.status, job.result, calls]).toEqual([
    'unit.counts',
    ['a', 2],
    'new',
    undefined,
    0,
  ]);
});

it('J1 each call of `job` makes another job', () => {
  const task = defineTask('unit.each', add);
  expect(task.job(1, 2).id).not.toBe(task.job(1, 2).id);
});

it('J1 a task can set the class of its jobs', () => {
  class Special extends Job {}
  const task = defineTask('unit.special', add, { jobClass: Special as typeof Job });
  expect(task.job(1)).toBeInstanceOf(Special);
});

it('R1 a task gives its options to jobs that have none of their own', () => {
  const task = defineTask('unit.policy', add, { retryPolicy: NeverRetry, failureLogLevel: 'warn' });
  expect(task.job(1, 2).options).toEqual({ retryPolicy: 'NeverRetry', failureLogLevel: 'warn' });
  expect(task.job(1, 2).with({ retryPolicy: 'mine' }).options).toMatchObject({
    retryPolicy: 'mine',
  });
});

it.each<[object, string]>([
  [{ retryPolicy: 7 }, 'retryPolicy must be'],
  [{ beginAfter: 5 }, 'the options of the task "unit.odd" may not have "beginAfter"'],
])('B2 a task is refused the options %j', (options, why) => {
  expect(() => defineTask('unit.odd', add, options)).toThrow(InvalidArgumentError);
  expect(() => defineTask('unit.odd', add, options)).toThrow(why);
  expect(taskNamed('unit.odd')).toBeUndefined();
});

it.each([[undefined], [null], ['x'], [{}]])('B2 %p is refused as a function', (run) => {
  expect(() => defineTask('unit.bad', run as never)).toThrow(InvalidArgumentError);
  expect(() => defineTask('unit.bad', run as never)).toThrow(
    'the task "unit.bad" must be a function',
  );
});

it.each([[''], [undefined], ['x'.repeat(201)]])('B2 %p is refused as a name', (name) => {
  expect(() => defineTask(name as string, add)).toThrow(InvalidArgumentError);
});
