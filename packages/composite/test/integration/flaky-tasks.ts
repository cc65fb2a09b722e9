// Tasks for tests of retries: one fails until the test heals it, and all runs are counted.
import { defineTask } from '@drover/core';

export interface FlakyTasks {
  readonly flaky: ReturnType<typeof defineTask<[name: string], string>>;
  /** Never fails. */
  readonly steady: ReturnType<typeof defineTask<[name: string], string>>;
  /** The number of runs by name, the task's argument. Each test begins with none. */
  readonly runs: ReadonlyMap<string, number>;
  /** Makes `flaky` succeed until the next test begins. */
  heal(): void;
  /** Whether `flaky` still fails. */
  readonly isFailing: boolean;
}

/** Call it at the top of a test file. `names`: the first part of the tasks' names. */
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
