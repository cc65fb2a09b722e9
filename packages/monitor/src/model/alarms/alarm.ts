// What an alarm is: something that stays wrong until somebody does something.

/** The facts of an alarm. `kind` decides which there are. */
export type AlarmFacts =
  /** Jobs are due, and no agent of an active dispatcher serves their lane. */
  | { kind: 'lane-unserved'; queue: string; lane: string; due: number; oldestDue?: number }
  /** `status` 'dead': nobody has begun to clean up; 'cleaning': nobody is there to end it. */
  | { kind: 'dispatcher-dead'; dispatcher: string; status: 'dead' | 'cleaning'; pingAge: number }
  /** No active dispatcher knows what these jobs need. `job`: one of them. */
  | {
      kind: 'task-unknown' | 'policy-unknown' | 'codec-unknown';
      queue: string;
      lane: string;
      name: string;
      jobs: number;
      job: string;
    }
  /** The queue has dead letters (B1). */
  | { kind: 'set-aside'; queue: string; jobs: number }
  /** Jobs wait for a quota, and none of its holders goes on. `holders`: some of them. */
  | {
      kind: 'quota-stuck';
      queue: string;
      quota: string;
      size: number;
      waiters: number;
      holders: string[];
    }
  /** Redis may delete jobs and locks. */
  | { kind: 'eviction'; policy: string };

/** `says` and `cure` are for people: what is wrong, and what to do. */
export type Alarm = AlarmFacts & { says: string; cure: string };

export function alarm(facts: AlarmFacts, says: string, cure: string): Alarm {
  return { ...facts, says, cure };
}
