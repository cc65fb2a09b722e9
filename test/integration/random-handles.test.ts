// Handles are passed on by random routes; their jobs run, are removed, or are gone. test/nightly
// has twenty thousand graphs of them.
import { testContext } from '../kit/context.js';
import { expectGraphs } from '../kit/random-handles/cases.js';
import { fleetIn } from '../kit/random-handles/fleet.js';

const context = testContext('random-handles');

it('J12 random graphs of handles have the right arguments, runs, waits and keys', async () => {
  await expectGraphs(300, await fleetIn(context));
}, 240_000);
