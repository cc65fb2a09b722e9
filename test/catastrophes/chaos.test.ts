// Some seeds of the chaos harness: real processes, everything that can go wrong at once, and a checker. `npm run chaos` has more.
import { chaos } from '../kit/chaos.js';

it('I5, I6, B3 three seeds: nothing is lost, nothing is doubled, no result is overwritten, no quota is passed', async () => {
  const { code, output } = await chaos(
    '--seed',
    '1',
    '--seeds',
    '3',
    '--at-once',
    '3',
    '--seconds',
    '4',
    '--dispatchers',
    '3',
  );
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/(: 0 violations[^]*){3}/) });
}, 300_000);
