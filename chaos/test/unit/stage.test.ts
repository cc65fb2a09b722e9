// The waits of the harness can be late: each says what it waited for, and the run ends all the
// same.
import { Pending } from '../../pending.js';
import { Stage } from '../../stage.js';

const never = new Promise<never>(() => {});

it('a step that does not end says its name and its run', async () => {
  const stage = new Stage('seed 7');
  await expect(stage.step('the start of Redis', never, 20)).rejects.toThrow(
    'seed 7: the start of Redis takes longer than 20 ms',
  );
  expect(await stage.step('the nemesis', Promise.resolve('over'), 20)).toBe('over');
});

it('everything that was started is ended, last first, although one end fails or hangs', async () => {
  const ended: string[] = [];
  const told: unknown[] = [];
  const stage = new Stage('seed 7', (error) => told.push((error as Error).message));
  stage.endLater('the server', () => ended.push('server'));
  stage.endLater('the producer', () => never);
  stage.endLater('the workers', () => Promise.reject(new Error('as told')));
  stage.endLater('the look', () => {
    throw new Error('at once');
  });
  stage.endLater('the way', () => ended.push('way'));
  await stage.clear(20);
  expect(ended).toEqual(['way', 'server']);
  expect(told).toEqual(['at once', 'as told', 'seed 7: the producer takes longer than 20 ms']);
});

it('pending calls have names until they and the calls that they began have ended', async () => {
  const pending = new Pending();
  let go = (): void => {};
  const first = new Promise<void>((resolve) => (go = resolve));
  pending.add(
    'putting job1',
    first.then(() => pending.add('cancelling job1', never)),
  );
  expect(await pending.end(20)).toEqual(['putting job1']);
  go();
  expect(await pending.end(20)).toEqual(['cancelling job1']);
  expect(await new Pending().end(20)).toEqual([]);
});
