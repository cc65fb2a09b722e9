// Which overdue dispatchers are confirmed dead (D2).
import { FailureDetector } from '../../src/liveness/failure-detector.js';

/**
 * The confirmed dead of each ping. A ping is `[ms since the last one, overdue dispatchers]`; a gap
 * of 600 ms or more is long.
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

it('D2 with steady pings, an overdue dispatcher is confirmed dead', () => {
  expect(judged([...STEADY, [200, 'a'], [200, 'b']]).slice(6)).toEqual([['a'], ['b']]);
});

it('D2 after its start a detector confirms no death before a death interval of pings', () => {
  expect(judged(Array.from({ length: 6 }, () => [200, 'a']))).toEqual([[], [], [], [], [], ['a']]);
});

it('D2 after a long gap, a dispatcher that pings again in time is not confirmed dead', () => {
  const pings: [number, ...string[]][] = [
    [5_000, 'a', 'b'],
    [400, 'a', 'b'],
    [600, 'a'],
    [1, 'a'],
  ];
  expect(judged([...STEADY, ...pings]).slice(6)).toEqual([[], [], [], ['a']]);
});

it('D2 a late first ping confirms no death', () => {
  expect(
    judged([
      [1_300, 'a', 'b'],
      [200, 'a'],
      [900, 'a'],
      [200, 'a'],
    ]),
  ).toEqual([[], [], [], []]);
});

it('D2 a dispatcher that pinged meanwhile is judged anew', () => {
  const four = Array.from({ length: 4 }, (): [number, string] => [900, 'a']);
  expect(judged([...four, [900], ...four]).flat()).toEqual([]);
});

it('D2 with a long gap before each ping, each gap counts as one interval', () => {
  const pings = Array.from({ length: 8 }, (): [number, string] => [900, 'a']);
  expect(judged(pings).map((dead) => dead.length)).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
});
