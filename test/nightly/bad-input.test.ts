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
  'B2 public functions take odd input as it is, or refuse it with an error of Drover',
  async () => await expectCallsBorne(context, 'calls', CASES),
  HOUR,
);

it(
  'B2, J4 odd arguments, results, annotations and keys come back as they were, or are refused',
  async () => await expectJobsKept(context, 'jobs', CASES / 10),
  HOUR,
);

it(
  'B1 a dispatcher goes on after random damage to many records of jobs',
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
