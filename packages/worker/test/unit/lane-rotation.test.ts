// When a claim that finds no job looks for delayed jobs that are due (Q1).
import {
  DUE_LOOK,
  LaneRotation,
  type LaneState,
  type ServedLane,
} from '../../src/claim/lane-rotation.js';

/** By Redis's clock, in ms since 1970. */
const START = 1_700_000_000_000;

/** One lane, at a time that the test sets. */
function scene() {
  let passed = 0;
  const store = { clock: { now: () => START + passed } };
  const rotation = new LaneRotation([{ store } as unknown as ServedLane], () => 5 + passed);
  const lane = rotation.lanes[0] as LaneState;
  return {
    rotation,
    /**
     * A claim that finds no job. Returns whether it looked for due jobs; `nextDue` is the next one
     * then.
     */
    claimNothing: (nextDue = 0): boolean => {
      const looks = rotation.mayHaveDue(lane);
      rotation.answered(lane, { job: undefined, delayUntil: looks ? nextDue : undefined });
      return looks;
    },
    /** A finish that brings no next job. */
    finishWithoutNext: () => rotation.note(lane, { job: undefined, delayUntil: undefined }),
    pass: (ms: number) => void (passed += ms),
  };
}

it('Q1 the first claim that finds nothing looks for due jobs', () => {
  const { claimNothing } = scene();
  expect(claimNothing()).toBe(true);
});

it('Q1 of many claims in a row that find nothing, a few look for due jobs', () => {
  const { rotation, claimNothing, pass } = scene();
  const looks = Array.from({ length: 2 * DUE_LOOK }, () => {
    rotation.onMarker(0, 0);
    pass(1);
    return claimNothing();
  });
  expect(looks.filter((looked) => looked)).toHaveLength(2);
});

it('Q1 a skipped look is made up for without a new marker', () => {
  const { rotation, claimNothing, pass } = scene();
  claimNothing();
  pass(1);
  rotation.onMarker(0, 0);
  expect(claimNothing()).toBe(false);
  expect(rotation.next()).toBeUndefined();
  expect(rotation.untilDue()).toBe(DUE_LOOK - 1);
  pass(DUE_LOOK - 1);
  expect(rotation.next()).toBeDefined();
  expect(claimNothing()).toBe(true);
  expect(rotation.untilDue()).toBe(Infinity);
});

it('Q1 a finish that brings no next job leads to a look later', () => {
  const { rotation, claimNothing, finishWithoutNext, pass } = scene();
  claimNothing();
  pass(1);
  finishWithoutNext();
  expect(rotation.untilDue()).toBe(DUE_LOOK - 1);
  pass(2 * DUE_LOOK);
  expect(rotation.next()).toBeDefined();
  expect(claimNothing()).toBe(true);
});

it('Q1 a known delayed job is looked for as soon as it is due', () => {
  const { rotation, claimNothing, pass } = scene();
  expect(claimNothing(START + 3)).toBe(true);
  expect(rotation.next()).toBeUndefined();
  pass(3);
  expect(rotation.next()).toBeDefined();
  expect(claimNothing()).toBe(true);
});

it('Q1 a skipped look does not delay the look for a job that a marker announced', () => {
  const { rotation, claimNothing, pass } = scene();
  claimNothing();
  pass(1);
  rotation.onMarker(0, 0);
  claimNothing();
  rotation.onMarker(0, START + 4);
  expect(rotation.untilDue()).toBe(3);
  pass(3);
  expect(rotation.next()).toBeDefined();
  expect(claimNothing()).toBe(true);
});

it('Q1 a marker of a job that is due now leads to a look at once', () => {
  const { rotation, claimNothing, pass } = scene();
  claimNothing();
  pass(1);
  rotation.onMarker(0, START + 1);
  expect(claimNothing()).toBe(true);
});
