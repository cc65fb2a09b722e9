// Public functions that are given anything at all. The nightly tests give them far more.
import fc from 'fast-check';
import { badCalls, callRunner } from '../kit/bad-input/calls.js';
import { expectJobsKept } from '../kit/bad-input/jobs.js';
import { testContext } from '../kit/context.js';

const context = testContext('bad-input');

it('B2 whatever a public function is given, it refuses with an error of ours, or takes as it is', async () => {
  const { run, counts } = await callRunner(context, 'calls');
  await fc.assert(fc.asyncProperty(badCalls, run), {
    numRuns: Number(process.env['DROVER_CASES'] ?? 2_000),
    endOnFailure: true,
  });
  if (process.env['DROVER_COUNTS']) console.log(counts);
  expect([...counts.values()].filter(({ made }) => made === 0)).toEqual([]);
}, 3_600_000);

it('B2, J4 whatever jobs are given, they get, and give back; what cannot be stored is refused; the dispatcher goes on', async () => {
  await expectJobsKept(context, 'jobs', 400);
}, 60_000);
