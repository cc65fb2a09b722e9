// The check of graphs of handles can fail: each thing that can go wrong with a run is found, and
// nothing where all is well.
import type { Job } from '@drover/core';
import { oddRuns } from '../../kit/random-handles/check.js';
import type { Entry } from '../../kit/random-handles/ledger.js';

const made: Entry = { what: 'made', id: 'a', args: '"g7.n0",1', added: 1 };
const began = (...args: string[]): Entry => ({
  what: 'began',
  id: 'a',
  task: 'handles.called',
  args,
});
const right = began('"g7.n0"', '1', '"the result"');
const found = async (entries: Entry[], interruptions?: number) =>
  await oddRuns(
    entries,
    async () => (interruptions === undefined ? undefined : ({ interruptions } as Job)),
    0,
  );

it('J12 where all is well nothing is found', async () => {
  expect(await found([made, right])).toEqual([]);
  expect(await found([made, right, right], 1)).toEqual([]);
  expect(await found([made, right, { what: 'taken out', id: 'a' }])).toEqual([]);
});

it.each<[string, Entry[], number | undefined]>([
  ['a body with other arguments', [made, began('"g7.n0"', '2', '"the result"')], 0],
  ['a body without arguments', [made, began()], 0],
  ['a callback without the result', [made, began('"g7.n0"', '1')], 0],
  ['a job that nobody made', [right], 0],
  ['a second run that no interrupt explains', [made, right, right], 0],
  ['two runs of a job that is gone', [made, right, right], undefined],
  ['a third run after one interrupt', [made, right, right, right], 1],
  ['a run after the removal', [made, { what: 'taken out', id: 'a' }, right], undefined],
])('J12 finds %s', async (_, entries, interruptions) => {
  expect(await found(entries, interruptions)).toEqual([expect.stringMatching(/^g7/)]);
});
