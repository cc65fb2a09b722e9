// Public functions and jobs get random odd input. The nightly tests give them far more.
import { testContext } from '../kit/context.js';
import { randomCount } from '../kit/nightly.js';
import { expectCallsBorne } from '../kit/bad-input/calls.js';
import { expectJobsKept } from '../kit/bad-input/jobs.js';

const context = testContext('bad-input');

it('B2 public functions take odd input as it is, or refuse it with an error of Drover', async () => {
  await expectCallsBorne(context, 'calls', randomCount(2_400));
}, 120_000);

it('B2, J4 odd arguments and results come back as they were, or are refused', async () => {
  await expectJobsKept(context, 'jobs', randomCount(300));
}, 120_000);
