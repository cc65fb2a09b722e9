// When a claim that finds nothing looks for delayed jobs that have become due (Q1).
import { DUE_LOOK, Turns, type LaneState, type ServedLane } from '../../src/turns.js';

/** By Redis's clock, ms since 1970. */
const START = 1_700_000_000_000;

/** One lane at a time that the test sets. */
function scene() {
  let passed = 0;
  const store = { clock: { now: () => START + passed } };
  const turns = new Turns([{ store } as unknown as ServedLane], () => 5 + passed);
  const lane = turns.lanes[0] as LaneState;
  return {
    turns,
    /**
     * Its claim finds nothing. Gives whether it has looked for due jobs, where `nextDue` is the
     * next.
     */
    claimNothing: (nextDue = 0): boolean => {
      const looks = turns.mayHaveDue(lane);
      turns.answered(lane, { job: undefined, delayUntil: looks ? nextDue : undefined });
      return looks;
    },
    /** A finish brings no next job. */
    finishWithoutNext: () => turns.note(lane, { job: undefined, delayUntil: undefined }),
    pass: (ms: number) => void (passed += ms),
  };
}

it('Q1 the first claim that finds nothing looks for due jobs', () => {
  const { claimNothing } = scene();
  expect(claimNothing()).toBe(true);
});

it('Q1 claims that find nothing, one after another, look for due jobs once in a while', () => {
  const { turns, claimNothing, pass } = scene();
  const looks = Array.from({ length: 2 * DUE_LOOK }, () => {
    turns.told(0, 0);
    pass(1);
    return claimNothing();
  });
  expect(looks.filter((looked) => looked)).toHaveLength(2);
});

it('Q1 a look that was left out is made up for without any word of a job', () => {
  const { turns, claimNothing, pass } = scene();
  claimNothing();
  pass(1);
  turns.told(0, 0);
  expect(claimNothing()).toBe(false);
  expect(turns.next()).toBeUndefined();
  expect(turns.untilDue()).toBe(DUE_LOOK - 1);
  pass(DUE_LOOK - 1);
  expect(turns.next()).toBeDefined();
  expect(claimNothing()).toBe(true);
  expect(turns.untilDue()).toBe(Infinity);
});

it('Q1 a lane is looked at after a finish that brought no next job', () => {
  const { turns, claimNothing, finishWithoutNext, pass } = scene();
  claimNothing();
  pass(1);
  finishWithoutNext();
  expect(turns.untilDue()).toBe(DUE_LOOK - 1);
  pass(2 * DUE_LOOK);
  expect(turns.next()).toBeDefined();
  expect(claimNothing()).toBe(true);
});

it('Q1 a delayed job that is known of is looked for as soon as it is due', () => {
  const { turns, claimNothing, pass } = scene();
  expect(claimNothing(START + 3)).toBe(true);
  expect(turns.next()).toBeUndefined();
  pass(3);
  expect(turns.next()).toBeDefined();
  expect(claimNothing()).toBe(true);
});

it('Q1 word of a delayed job is not put off by a look that was left out', () => {
  const { turns, claimNothing, pass } = scene();
  claimNothing();
  pass(1);
  turns.told(0, 0);
  claimNothing();
  turns.told(0, START + 4);
  expect(turns.untilDue()).toBe(3);
  pass(3);
  expect(turns.next()).toBeDefined();
  expect(claimNothing()).toBe(true);
});

it('Q1 word of a job that is due now is looked for at once', () => {
  const { turns, claimNothing, pass } = scene();
  claimNothing();
  pass(1);
  turns.told(0, START + 1);
  expect(claimNothing()).toBe(true);
});
