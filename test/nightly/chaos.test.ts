// Many seeds of the chaos harness, a long run, and the negative control: without it a checker that
// finds nothing would prove nothing.
import { chaos } from '../kit/chaos.js';

const HOURS = 3_600_000;

it(
  'I5, I6, B3 random faults of two hundred seeds lose no job and double none',
  async () => {
    const { code, output } = await chaos('--seed', '1000', '--seeds', '200', '--seconds', '20');
    console.log(output.slice(-1_000));
    expect({ code, output }).toEqual({ code: 0, output: expect.any(String) });
  },
  6 * HOURS,
);

it(
  'I5, I6, B3 random faults of ten minutes with eight dispatchers lose no job and double none',
  async () => {
    const { code, output } = await chaos('--seconds', '600', '--dispatchers', '8');
    console.log(output.slice(-1_000));
    expect({ code, output }).toEqual({ code: 0, output: expect.any(String) });
  },
  HOURS,
);

it(
  "the checker finds lost and doubled jobs of BullMQ's own Worker",
  async () => {
    const { code, output } = await chaos('--stock', '--seeds', '2');
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringMatching(/(: [1-9]\d* violations[^]*){2}/),
    });
  },
  HOURS,
);
