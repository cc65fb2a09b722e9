// Tasks for the tests of retries: one fails as long as the test says so, and each run is counted.
import { defineTask } from '@drover/core';

export interface FlakyTasks {
  readonly flaky: ReturnType<typeof defineTask<[name: string], string>>;
  /** Never fails. */
  readonly steady: ReturnType<typeof defineTask<[name: string], string>>;
  /** How often each has run, by the name that is its argument. Empty when a test begins. */
  readonly runs: ReadonlyMap<string, number>;
  /** From now on the flaky one fails no more, until the next test begins. */
  heal(): void;
  /** Whether the flaky one fails. */
  readonly isFailing: boolean;
}

/** Call it at the top of a test file. `names`: with what the names of the tasks begin. */
export function flakyTasks(names: string): FlakyTasks {
  const runs = new Map<string, number>();
  let isFailing = true;
  beforeEach(() => {
    isFailing = true;
    runs.clear();
  });
  const count = (name: string): string => {
    runs.set(name, (runs.get(name) ?? 0) + 1);
    return name;
  };
  return {
    flaky: defineTask(`${names}.flaky`, (name: string) => {
      count(name);
      if (isFailing) throw new Error(`${name} is not ready`);
      return name;
    }),
    steady: defineTask(`${names}.steady`, count),
    runs,
    heal: () => (isFailing = false),
    get isFailing() {
      return isFailing;
    },
  };
}
