// Records damaged at random: dispatchers go on, and nothing is left in the middle (B1). The nightly
// tests try many more.
import fc from 'fast-check';
import { testContext } from '../kit/context.js';
import { damages, expectBorne } from '../kit/damaged-records.js';

const context = testContext('damaged-records');

it('B1 a dispatcher bears whatever stands in the records of jobs', async () => {
  let batch = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(damages, { minLength: 40, maxLength: 40 }), async (all) => {
      await expectBorne(context, `batch-${batch++}`, all);
    }),
    { numRuns: 5, endOnFailure: true },
  );
}, 120_000);
