// Records of jobs are damaged at random: dispatchers go on, and no job is left half done (B1). The
// nightly tests try many more.
import fc from 'fast-check';
import { testContext } from '../kit/context.js';
import { randomCount } from '../kit/nightly.js';
import { damages, expectBorne } from '../kit/damaged-records.js';

const context = testContext('damaged-records');

it('B1 a dispatcher goes on after random damage to the records of jobs', async () => {
  let batch = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(damages, { minLength: 40, maxLength: 40 }), async (all) => {
      await expectBorne(context, `batch-${batch++}`, all);
    }),
    { numRuns: randomCount(5), endOnFailure: true },
  );
}, 120_000);
