// Random histories of two dispatchers in great number: what test/integration/model.test.ts does
// with few.
import { histories } from '../model/commands.js';
import { testContext } from '../kit/context.js';

const context = testContext('model-nightly');

it('I4, I5, I7 five thousand random histories', async () => {
  await histories(context, 5_000);
}, 3_600_000);
