// enableTracing where @opentelemetry/api is not installed, and where no SDK is registered (J11).
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { startProgram } from '../../../../test/kit/process.js';

interface Told {
  value: string;
  traceparent?: string;
  /** The modules of OpenTelemetry that were asked for so far. */
  asked: string[];
  warnings: string[];
}

it('J11 without OpenTelemetry jobs run as ever, and nothing of it is asked for', async () => {
  const env = { PREFIX: testContext('untraced').prefix, DROVER_UUID: newUuid() };
  const program = startProgram<Told>('untraced', { env });
  expect((await program.exited).code).toBe(0);
  const [without, withSdk] = program.messages;
  expect(without).toEqual({ value: 'value', asked: [], warnings: [] });
  // An SDK without the API that Drover needs: one warning says so.
  expect(withSdk).toMatchObject({ value: 'value', asked: ['@opentelemetry/api'] });
  expect(withSdk?.warnings).toEqual([
    expect.stringMatching(/finds no @opentelemetry\/api.*npm install @opentelemetry\/api/),
  ]);
  expect(withSdk).not.toHaveProperty('traceparent');
});
