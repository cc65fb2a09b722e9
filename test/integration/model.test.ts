// Random histories of two dispatchers, step by step on a real Redis, against a model in memory (I1,
// I3, I4, I5, I6, I7).
import { testContext } from '../kit/context.js';
import { histories } from '../model/commands.js';

const context = testContext('model');

it('I4, I5, I7 after each step of a random history Redis says what the model says; all jobs end', async () => {
  await histories(context, 100);
}, 120_000);
