// Public functions and jobs that are given anything at all. The nightly tests give them far more.
import { testContext } from '../kit/context.js';
import { expectCallsBorne } from '../kit/bad-input/calls.js';
import { expectJobsKept } from '../kit/bad-input/jobs.js';

const context = testContext('bad-input');

it('B2 whatever a public function is given, it refuses with an error of ours, or takes as it is', async () => {
  await expectCallsBorne(context, 'calls', 2_000);
}, 120_000);

it('B2, J4 whatever jobs are given, they get, and give back; what cannot be stored is refused; the dispatcher goes on', async () => {
  await expectJobsKept(context, 'jobs', 300);
}, 120_000);
