// Configuration, "Logging and monitoring": what a dispatcher writes to its log.
import { defineTask } from '@drover/core';
import { pino } from 'pino';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { eventually } from '../kit/wait.js';

const context = testContext('usage-logging');
const trip = defineTask('logging.trip', async (_secret: string) => {
  throw new Error('tripped');
});

interface Line {
  level: number;
  msg: string;
  [field: string]: unknown;
}
const lines: Line[] = [];
const logger = pino(
  { level: 'debug' },
  { write: (line: string) => void lines.push(JSON.parse(line) as Line) },
);
beforeAll(async () => void (await dispatchersIn(context).start('logged', { logger })));

// The log is pino's, so it goes wherever pino can write; every line carries the UUID of the
// dispatcher.
it('D1 a dispatcher logs that it is active', async () => {
  const line = await eventually(() => lines.find(({ msg }) => msg === 'activated'));
  expect(line).toMatchObject({
    level: pino.levels.values['info'],
    dispatcher: expect.any(String) as string,
  });
});

// A failure is logged as an error, with its place. The options of a job can lower the level.
it('J8 a failure is logged as an error, unless the job says otherwise', async () => {
  const queue = context.queue('logged');
  const [loud, quiet] = [trip.job('s3cret'), trip.job('s3cret').with({ failureLogLevel: 'debug' })];
  await queue.putAll([loud, quiet]);
  await Promise.allSettled([loud.wait(), quiet.wait()]);

  const lineOf = (id: string) =>
    eventually(() =>
      lines.find((line) => line.msg === 'job failed' && JSON.stringify(line).includes(id)),
    );
  expect((await lineOf(loud.id)).level).toBe(pino.levels.values['error']);
  expect((await lineOf(quiet.id)).level).toBe(pino.levels.values['debug']);
});

// Arguments may hold what is nobody's business: they do not stand in the log.
it('B2 the log shows no arguments', () => {
  expect(lines.length).toBeGreaterThan(0);
  expect(JSON.stringify(lines)).not.toContain('s3cret');
});
