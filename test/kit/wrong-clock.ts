// A host whose clock is wrong, for programs in tests: Node tells the time of day by `Date.now`
// alone there.

/**
 * So many ms ahead, negative: behind; or a clock that is set by so many ms, there and back, while
 * the program runs.
 */
export type WrongClock = { ahead: number } | { setBy: number };

/** Ms between two settings. */
const SET_EVERY = 20;

export function setWrongClock(wrong: WrongClock): void {
  const right = Date.now;
  let ahead = 'ahead' in wrong ? wrong.ahead : 0;
  Date.now = () => right() + ahead;
  if ('setBy' in wrong)
    setInterval(() => (ahead = ahead === 0 ? wrong.setBy : 0), SET_EVERY).unref();
}
