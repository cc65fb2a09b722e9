// The checker finds rate limits that do not hold (Q9).
import type { Put } from '../../history.js';
import { Run } from './checked-run.js';

const rated = (id: string, more: Partial<Put> = {}): Put => ({
  ...{ id, name: id, kind: 'rated', rateLimits: ['few'] },
  ...more,
});

it('Q9 more starts in a window than the limit allows', () => {
  const started = (apart: number): string[] => {
    const run = new Run();
    for (const id of ['a', 'b', 'c']) {
      run.whole(rated(id));
      run.pass(apart);
    }
    return run.found();
  };
  expect(started(150)).toEqual([]);
  expect(started(100)).toEqual(['Q9 a']);
});

it('Q9 a body that begins late, in a paused process, has started before', () => {
  const run = new Run();
  for (const id of ['a', 'b', 'c']) {
    run.put(rated(id));
    run.move('active', id);
    run.pass(200);
  }
  for (const id of ['a', 'b', 'c']) {
    run.start(id);
    run.end(id);
  }
  expect(run.found()).toEqual([]);
});

it('Q9 a job that starts while the limit is closed that it has closed itself', () => {
  const closing = (after: number): string[] => {
    const run = new Run();
    run.put(rated('a', { closes: 500 }));
    run.start('a');
    run.note({ what: 'end', job: 'a', fence: 1, run: 'a#1', threw: 'RateLimitedError' });
    run.pass(after);
    run.start('a', 2);
    run.end('a', 2);
    return run.found();
  };
  expect(closing(500)).toEqual([]);
  expect(closing(300)).toEqual(['Q9 a']);
});
