// Many seeds of the chaos harness, a long run, and the negative control: without it a checker that
// finds nothing would prove nothing.
import { chaos } from '../kit/chaos.js';

const HOURS = 3_600_000;

it(
  'I5, I6, B3 two hundred seeds of 20 s each',
  async () => {
    const { code, output } = await chaos('--seed', '1000', '--seeds', '200', '--seconds', '20');
    console.log(output.slice(-1_000));
    expect({ code, output }).toEqual({ code: 0, output: expect.any(String) });
  },
  6 * HOURS,
);

it(
  'I5, I6, B3 ten minutes with eight dispatchers',
  async () => {
    const { code, output } = await chaos('--seconds', '600', '--dispatchers', '8');
    console.log(output.slice(-1_000));
    expect({ code, output }).toEqual({ code: 0, output: expect.any(String) });
  },
  HOURS,
);

it(
  "the same on BullMQ's own Worker: the checker finds what was lost or doubled",
  async () => {
    const { code, output } = await chaos('--stock', '--seeds', '2');
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringMatching(/(: [1-9]\d* violations[^]*){2}/),
    });
  },
  HOURS,
);
