// D6 The last line is written before the process ends: real processes, which end by a signal.
import { newUuid, testContext } from '../kit/context.js';
import { startProgram } from '../kit/process.js';

const { prefix } = testContext('last-lines');

it.each([
  ['default', 'SIGTERM'],
  ['async', 'SIGTERM'],
  ['async', 'SIGINT'],
  ['buffered', 'SIGTERM'],
  ['transport', 'SIGTERM'],
] as const)(
  'D6 the %s logger has written all of its lines when %s has ended the process',
  async (LOGGER, signal) => {
    const program = startProgram('last-lines', {
      env: { LOGGER, PREFIX: prefix, DROVER_UUID: newUuid() },
    });
    await program.waitForMessage((message) => message === 'active');
    program.kill(signal);
    expect(await program.exited).toEqual({ code: null, signal });
    expect(program.output).toContain('"msg":"deactivated"');
    const lines = [...program.output.matchAll(/"msg":"line (\d+)\."/g)].map(([, number]) =>
      Number(number),
    );
    expect(lines).toEqual(LOGGER === 'default' ? [] : Array.from({ length: 50 }, (_, i) => i));
  },
);
