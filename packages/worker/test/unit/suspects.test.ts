// Who is found dead when pings come through again (D2).
import { Suspects } from '../../src/suspects.js';

/** What is judged ping by ping: `[ms since the last ping, who is overdue]`. With a long gap of 600 ms. */
function judged(pings: readonly [gap: number, ...overdue: string[]][]): string[][] {
  let at = 5;
  const suspects = new Suspects({ pingInterval: 200, deathInterval: 1_000, activatedAt: at });
  return pings.map(([gap, ...overdue]) => suspects.judge(overdue, (at += gap)));
}

it('D2 who is overdue is dead for one whose pings come steadily', () => {
  expect(judged([[200], [200, 'a'], [200, 'b']])).toEqual([[], ['a'], ['b']]);
});

it('D2 after a long gap nobody is dead who pings again within a death interval', () => {
  expect(judged([[200], [5_000, 'a', 'b'], [400, 'a', 'b'], [600, 'a'], [1, 'a']])).toEqual([[], [], [], [], ['a']]);
});

it('D2 one whose first ping comes through long after its activation finds nobody dead by that', () => {
  expect(
    judged([
      [1_300, 'a', 'b'],
      [200, 'a'],
      [900, 'a'],
      [200, 'a'],
    ]),
  ).toEqual([[], [], [], []]);
  expect(judged([[500, 'a']])).toEqual([['a']]);
});

it('D2 who pinged meanwhile is looked at anew', () => {
  const four = Array.from({ length: 4 }, (): [number, string] => [900, 'a']);
  expect(judged([...four, [900], ...four]).flat()).toEqual([]);
});

it('D2 one whose every ping comes after a long gap finds the dead as well: each counts as one interval', () => {
  const pings = Array.from({ length: 8 }, (): [number, string] => [900, 'a']);
  expect(judged(pings).map((dead) => dead.length)).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
});
