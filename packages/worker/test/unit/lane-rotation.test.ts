// When a claim that finds nothing looks for delayed jobs that have become due (Q1).
import {
  DUE_LOOK,
  LaneRotation,
  type LaneState,
  type ServedLane,
} from '../../src/claim/lane-rotation.js';

/** By Redis's clock, ms since 1970. */
const START = 1_700_000_000_000;

/** One lane at a time that the test sets. */
function scene() {
  let passed = 0;
  const store = { clock: { now: () => START + passed } };
  const rotation = new LaneRotation([{ store } as unknown as ServedLane], () => 5 + passed);
  const lane = rotation.lanes[0] as LaneState;
  return {
    rotation,
    /**
     * Its claim finds nothing. Gives whether it has looked for due jobs, where `nextDue` is the
     * next.
     */
    claimNothing: (nextDue = 0): boolean => {
      const looks = rotation.mayHaveDue(lane);
      rotation.answered(lane, { job: undefined, delayUntil: looks ? nextDue : undefined });
      return looks;
    },
    /** A finish brings no next job. */
    finishWithoutNext: () => rotation.note(lane, { job: undefined, delayUntil: undefined }),
    pass: (ms: number) => void (passed += ms),
  };
}

it('Q1 the first claim that finds nothing looks for due jobs', () => {
  const { claimNothing } = scene();
  expect(claimNothing()).toBe(true);
});

it('Q1 claims that find nothing, one after another, look for due jobs once in a while', () => {
  const { rotation, claimNothing, pass } = scene();
  const looks = Array.from({ length: 2 * DUE_LOOK }, () => {
    rotation.told(0, 0);
    pass(1);
    return claimNothing();
  });
  expect(looks.filter((looked) => looked)).toHaveLength(2);
});

it('Q1 a look that was left out is made up for without any word of a job', () => {
  const { rotation, claimNothing, pass } = scene();
  claimNothing();
  pass(1);
  rotation.told(0, 0);
  expect(claimNothing()).toBe(false);
  expect(rotation.next()).toBeUndefined();
  expect(rotation.untilDue()).toBe(DUE_LOOK - 1);
  pass(DUE_LOOK - 1);
  expect(rotation.next()).toBeDefined();
  expect(claimNothing()).toBe(true);
  expect(rotation.untilDue()).toBe(Infinity);
});

it('Q1 a lane is looked at after a finish that brought no next job', () => {
  const { rotation, claimNothing, finishWithoutNext, pass } = scene();
  claimNothing();
  pass(1);
  finishWithoutNext();
  expect(rotation.untilDue()).toBe(DUE_LOOK - 1);
  pass(2 * DUE_LOOK);
  expect(rotation.next()).toBeDefined();
  expect(claimNothing()).toBe(true);
});

it('Q1 a delayed job that is known of is looked for as soon as it is due', () => {
  const { rotation, claimNothing, pass } = scene();
  expect(claimNothing(START + 3)).toBe(true);
  expect(rotation.next()).toBeUndefined();
  pass(3);
  expect(rotation.next()).toBeDefined();
  expect(claimNothing()).toBe(true);
});

it('Q1 word of a delayed job is not put off by a look that was left out', () => {
  const { rotation, claimNothing, pass } = scene();
  claimNothing();
  pass(1);
  rotation.told(0, 0);
  claimNothing();
  rotation.told(0, START + 4);
  expect(rotation.untilDue()).toBe(3);
  pass(3);
  expect(rotation.next()).toBeDefined();
  expect(claimNothing()).toBe(true);
});

it('Q1 word of a job that is due now is looked for at once', () => {
  const { rotation, claimNothing, pass } = scene();
  claimNothing();
  pass(1);
  rotation.told(0, START + 1);
  expect(claimNothing()).toBe(true);
});
