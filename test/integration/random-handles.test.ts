// Handles passed on by whatever routes, of jobs that run, are taken out or are gone. Twenty
// thousand graphs of them: test/nightly.
import { testContext } from '../kit/context.js';
import { expectGraphs } from '../kit/random-handles/cases.js';
import { fleetIn } from '../kit/random-handles/fleet.js';

const context = testContext('random-handles');

it('J12 three hundred random graphs of handles: arguments, runs, waits and keys are right', async () => {
  await expectGraphs(300, await fleetIn(context));
}, 240_000);
