// B2 Nothing that a task may do makes Node warn of a leak: a real process, whose output is looked
// at.
import { newUuid, testContext } from '../kit/context.js';
import { startProgram } from '../kit/process.js';

const { prefix } = testContext('many-waits');

it('B2 fifty uses of `local.signal` in a run are no leak, in a thread neither', async () => {
  const program = startProgram('many-waits', { env: { PREFIX: prefix, DROVER_UUID: newUuid() } });
  expect((await program.exited).code).toBe(0);
  expect(program.output).toBe('main: 50.\nthreads: 50.\n');
});
