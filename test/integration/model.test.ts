// Random histories of two dispatchers on a real Redis agree with a model in memory (I1, I3, I4, I5,
// I6, I7).
import { testContext } from '../kit/context.js';
import { histories } from '../model/commands.js';

const context = testContext('model');

it('I4, I5, I7 Redis agrees with the model after each step of random histories', async () => {
  await histories(context, 100);
}, 120_000);
