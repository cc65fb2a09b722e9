// Graphs of handles in great number, and with processes that are killed: what test/integration does
// with few.
import { testContext } from '../kit/context.js';
import { expectGraphs } from '../kit/random-handles/cases.js';
import { fleetIn, whileKilled } from '../kit/random-handles/fleet.js';

const HOUR = 3_600_000;
const CASES = Number(process.env['DROVER_CASES'] ?? 20_000);

it(
  'J12 twenty thousand random graphs of handles have the right arguments, runs and waits',
  async () => await expectGraphs(CASES, await fleetIn(testContext('handles-nightly'))),
  2 * HOUR,
);

it(
  'J12, I2 a thousand random graphs of handles are right while workers are killed',
  async () =>
    await whileKilled(
      testContext('handles-killed'),
      async (fleet) => await expectGraphs(CASES / 20, fleet, CASES / 20),
    ),
  HOUR,
);
