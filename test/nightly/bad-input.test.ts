// Bad input in great number: what test/integration does with little.
import fc from 'fast-check';
import { testContext } from '../kit/context.js';
import { expectCallsBorne } from '../kit/bad-input/calls.js';
import { expectJobsKept } from '../kit/bad-input/jobs.js';
import { damages, expectBorne } from '../kit/damaged-records.js';

const context = testContext('bad-input-nightly');
const HOUR = 3_600_000;
const CASES = Number(process.env['DROVER_CASES'] ?? 100_000);

it(
  'B2 a hundred thousand odd inputs: each public function refuses them with an error of ours, or takes them as they are',
  async () => await expectCallsBorne(context, 'calls', CASES),
  HOUR,
);

it(
  'B2, J4 ten thousand jobs with odd arguments, results, annotations and keys: each is refused or comes back as it was',
  async () => await expectJobsKept(context, 'jobs', CASES / 10),
  HOUR,
);

it(
  'B1 damaged records in great number: a dispatcher bears whatever stands in them',
  async () => {
    let batch = 0;
    const many = fc.array(damages, { minLength: 100, maxLength: 100 });
    const borne = fc.asyncProperty(
      many,
      async (all) => await expectBorne(context, `damaged-${batch++}`, all),
    );
    await fc.assert(borne, { numRuns: CASES / 1_000, endOnFailure: true });
  },
  HOUR,
);
