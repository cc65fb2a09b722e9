// Some seeds of the chaos harness: real processes, everything that can go wrong at once, and a
// checker. `npm run chaos` has more.
import { chaos } from '../kit/chaos.js';

const LIMIT = 300_000;

it.concurrent(
  'I5, I6, B3 three seeds: nothing is lost, nothing is doubled, no result is overwritten, no quota is passed',
  async () => {
    const { code, output } = await chaos(
      ...'--seed 1 --seeds 3 --at-once 3 --seconds 4 --dispatchers 3'.split(' '),
    );
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/(: 0 violations[^]*){3}/),
    });
  },
  LIMIT,
);

it.concurrent(
  "the control, two seeds on BullMQ's own Worker: they end, and the checker finds something",
  async () => {
    const { code, output } = await chaos(
      ...'--stock --seed 27 --seeds 2 --at-once 2 --seconds 4 --dispatchers 3 --jobs 90'.split(' '),
    );
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringMatching(/: [1-9]\d* violations[^]*all: 2 seeds/),
    });
  },
  LIMIT,
);
