// The chaos harness, in short: real processes, random faults, and a checker. `npm run chaos` has
// more.
import { chaos } from '../kit/chaos.js';
import { randomCount } from '../kit/nightly.js';

const LIMIT = 300_000;
const SEEDS = randomCount(3);

it.concurrent(
  'I5, I6, B3 random faults lose no job, double none, and overwrite no result',
  async () => {
    const { code, output } = await chaos(
      ...`--seed 1 --seeds ${SEEDS} --at-once 3 --seconds 4 --dispatchers 3`.split(' '),
    );
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(new RegExp(`(: 0 violations[^]*){${SEEDS}}`)),
    });
  },
  LIMIT,
);

it.concurrent(
  "the checker finds violations of BullMQ's own Worker",
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
