// Who is found dead when pings come through again (D2).
import { FailureDetector } from '../../src/liveness/failure-detector.js';

/**
 * What is judged ping by ping: `[ms since the last ping, who is overdue]`. With a long gap of 600
 * ms.
 */
function judged(pings: readonly [gap: number, ...overdue: string[]][]): string[][] {
  let at = 5;
  const failureDetector = new FailureDetector({
    pingInterval: 200,
    deathInterval: 1_000,
    activatedAt: at,
  });
  return pings.map(([gap, ...overdue]) => failureDetector.confirmDead(overdue, (at += gap)));
}

/** More than a death interval. */
const STEADY = Array.from({ length: 6 }, (): [number] => [200]);

it('D2 who is overdue is dead for one whose pings have come steadily', () => {
  expect(judged([...STEADY, [200, 'a'], [200, 'b']]).slice(6)).toEqual([['a'], ['b']]);
});

it('D2 one that has just started finds nobody dead before it has pinged for a death interval', () => {
  expect(judged(Array.from({ length: 6 }, () => [200, 'a']))).toEqual([[], [], [], [], [], ['a']]);
});

it('D2 after a long gap nobody is dead who pings again within a death interval', () => {
  const pings: [number, ...string[]][] = [[5_000, 'a', 'b'], [400, 'a', 'b'], [600, 'a'], [1, 'a']]; // prettier-ignore
  expect(judged([...STEADY, ...pings]).slice(6)).toEqual([[], [], [], ['a']]);
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
});

it('D2 who pinged meanwhile is looked at anew', () => {
  const four = Array.from({ length: 4 }, (): [number, string] => [900, 'a']);
  expect(judged([...four, [900], ...four]).flat()).toEqual([]);
});

it('D2 one whose every ping comes after a long gap finds the dead as well: each counts as one interval', () => {
  const pings = Array.from({ length: 8 }, (): [number, string] => [900, 'a']);
  expect(judged(pings).map((dead) => dead.length)).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
});
