// The types of composites: the result, and the arguments of a postprocess. `npm run check` reports
// wrong uses.
import { defineTask, type Failure, type Job, joinJobs, type Continuation } from '@drover/core';
import { type Composite, parallel, serial } from '@drover/composite';
import { expectTypeOf } from 'expect-type';

const size = defineTask('types.size', (url: string, width: number) => url.length * width);
const name = defineTask('types.name', async (id: string) => await Promise.resolve({ id }));
const summarise = defineTask(
  'types.summarise',
  (title: string, a: Job<number>, b: Job<{ id: string }>) =>
    `${title}: ${String(a.result)} ${String(b.result)}`,
);
const total = defineTask('types.total', (...sizes: Job<number>[]) => sizes.length);
const totalOf = defineTask('types.totalOf', (title: string, ...sizes: Job<number>[]) => ({
  title,
  n: sizes.length,
}));
const greet = defineTask('types.greet', (first: string, last?: string) => first + (last ?? ''));

it.each(['serial', 'parallel'] as const)(
  'C1 %s without postprocess has a tuple of results or failures',
  (which) => {
    const compose = { serial, parallel }[which];
    const job = compose([size.job('a', 1), name.job('b')]);
    expectTypeOf(job).toExtend<Job<[number | Failure, { id: string } | Failure]>>();
    expectTypeOf(job.wait).returns.resolves.toEqualTypeOf<
      [number | Failure, { id: string } | Failure]
    >();
    expectTypeOf(job.result).toEqualTypeOf<
      [number | Failure, { id: string } | Failure] | Failure | undefined
    >();
    expectTypeOf(compose([]).wait).returns.resolves.toEqualTypeOf<[]>();
    const many = compose([1, 2].map((width) => size.job('a', width)));
    expectTypeOf(many.wait).returns.resolves.toEqualTypeOf<(number | Failure)[]>();
  },
);

it("C2 with onFailure 'stop' the results contain no failure", () => {
  const job = parallel([size.job('a', 1), name.job('b')], { onFailure: 'stop' });
  expectTypeOf(job.wait).returns.resolves.toEqualTypeOf<[number, { id: string }]>();
  const going = serial([size.job('a', 1)], { onFailure: 'continue' });
  expectTypeOf(going.wait).returns.resolves.toEqualTypeOf<[number | Failure]>();
  // @ts-expect-error there is no such answer to a failure
  expect(() => parallel([], { onFailure: 'ignore' })).toThrow(
    "onFailure of parallel must be 'continue' or 'stop'",
  );
});

it('C1 the parts have their own types, and appended ones come after them', () => {
  const job = parallel([size.job('a', 1), name.job('b')]);
  expectTypeOf(job.jobs[0]).toExtend<Job<number>>();
  expectTypeOf(job.jobs[1]).toExtend<Job<{ id: string }>>();
  expectTypeOf(job.jobs[2]).toEqualTypeOf<Job | undefined>();
});

it('C1 a postprocess gets the jobs after its bound arguments, and gives the result', () => {
  const parts = () => [size.job('a', 1), name.job('b')] as const;
  const job = parallel(parts(), { postprocess: summarise.job('title') });
  expectTypeOf(job.wait).returns.resolves.toEqualTypeOf<string>();
  expectTypeOf(job.postprocess).toEqualTypeOf<Job<string> | undefined>();
  const sizes = [size.job('a', 1), size.job('b', 2)] as const;
  expectTypeOf(
    serial(sizes, { postprocess: total.job() }).wait,
  ).returns.resolves.toEqualTypeOf<number>();
  const titled = serial(
    sizes.map((part) => part),
    { postprocess: totalOf.job('title') },
  );
  expectTypeOf(titled.wait).returns.resolves.toEqualTypeOf<{ title: string; n: number }>();
  // A postprocess need not take all of them.
  expectTypeOf(
    parallel([size.job('a', 1)], { postprocess: greet.job('a', 'b') }).wait,
  ).returns.resolves.toEqualTypeOf<string>();
});

it('C1 a composite can be a part or the postprocess', () => {
  const inner = parallel([size.job('a', 1)]);
  const outer = serial([inner, name.job('b')]);
  expectTypeOf(outer.wait).returns.resolves.toEqualTypeOf<
    [[number | Failure] | Failure, { id: string } | Failure]
  >();
  const ends = serial([name.job('a')], {
    postprocess: parallel([size.job('a', 1)], { postprocess: total.job() }),
  });
  expectTypeOf(ends.wait).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf(inner).toEqualTypeOf<Composite<[number | Failure], readonly [Job<number, []>]>>();
});

it("C1 a postprocess that does not take the parts' results is a type error", () => {
  const parts = () => [size.job('a', 1), name.job('b')] as const;
  // @ts-expect-error the title is missing, so that a job would stand in its place
  parallel(parts(), { postprocess: summarise.job() });
  // @ts-expect-error the parts stand the other way round
  parallel([name.job('b'), size.job('a', 1)], { postprocess: summarise.job('title') });
  // @ts-expect-error it takes two jobs, and gets one
  serial([size.job('a', 1)], { postprocess: summarise.job('title') });
  // @ts-expect-error one of the jobs is not of a number
  serial(parts(), { postprocess: total.job() });
  // @ts-expect-error it takes a string and gets a job
  serial([size.job('a', 1)], { postprocess: greet.job() });
});

it('C1 a bound argument of the wrong type is a type error', () => {
  // @ts-expect-error a function is neither a job nor a task
  expect(() => parallel([() => 1])).toThrow('is not a job, but a function');
  // @ts-expect-error its width is missing
  parallel([size.job('a')]);
  // @ts-expect-error its url and width are missing
  serial([size.job()]);
  // @ts-expect-error a number is not a title
  summarise.job(1);
  // @ts-expect-error there are not so many arguments
  size.job('a', 1, 2);
  expectTypeOf(summarise.job('title')).toEqualTypeOf<
    Job<string, [a: Job<number>, b: Job<{ id: string }>]>
  >();
  expectTypeOf(size.job('a', 1)).toEqualTypeOf<Job<number, []>>();
  expectTypeOf(totalOf.job('title')).toEqualTypeOf<
    Job<{ title: string; n: number }, Job<number>[]>
  >();
  expectTypeOf(total.job(size.job('a', 1))).toEqualTypeOf<Job<number, Job<number>[]>>();
});

it('C6 joinJobs has the same types for `then`', () => {
  expectTypeOf(joinJobs([size.job('a', 1)], { then: total.job() })).toEqualTypeOf<
    Continuation<number>
  >();
  const joining = defineTask('types.joining', () =>
    joinJobs([size.job('a', 1)], { then: total.job() }),
  );
  expectTypeOf(joining.job()).toEqualTypeOf<Job<number, []>>();
  // @ts-expect-error the job is not of a number
  joinJobs([name.job('a')], { then: total.job() });
  // @ts-expect-error there is no such answer to a failure
  expect(() => joinJobs([], { onFailure: 'ignore' })).toThrow(
    "onFailure must be 'continue' or 'stop'",
  );
});

it('Q1 a task stands for a job of it, with its types', async () => {
  const none = defineTask('types.none', () => 7);
  const result = defineTask('types.result', (value: number | Failure) => String(value));
  const job = parallel([none, name.job('b')]);
  expectTypeOf(job.wait).returns.resolves.toEqualTypeOf<
    [number | Failure, { id: string } | Failure]
  >();
  expectTypeOf(job.jobs[0]).toExtend<Job<number>>();
  expectTypeOf(
    serial([none, none], { postprocess: total }).wait,
  ).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf(joinJobs([none], { then: total })).toEqualTypeOf<Continuation<number>>();
  expectTypeOf(await none.job().addCallback(result)).toExtend<Job<string>>();
  expectTypeOf(await job.append(none)).toExtend<Job<number>>();
  // @ts-expect-error its arguments are missing
  void parallel([size]);
  // @ts-expect-error it takes no completed jobs
  void parallel([none], { postprocess: size });
  // @ts-expect-error it takes no number
  void (await none.job().addCallback(greet));
});
