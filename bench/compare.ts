// Measures the sides in turns, so that whatever drifts meanwhile meets all alike: raw, drover, the
// others, and then the other way round.
import type { BenchRedis } from './redis.js';
import { toRows, type Row } from './rows.js';
import type { Measured, Scenario, Station } from './scenarios/scenario.js';
import type { SideName } from './sides/side.js';

export interface Plan {
  /** Measurements of each side that count. */
  runs: number;
  /** The same for scenarios whose measurements have fresh processes each. */
  coldRuns: number;
  /** Jobs of each side that its processes have done before the first measurement that counts. */
  warmUpJobs: number;
  /** Producer and worker are one process. */
  together: boolean;
}

export async function compare(scenario: Scenario, redis: BenchRedis, plan: Plan): Promise<Row[]> {
  const { jobs } = scenario;
  const warmUps = jobs === undefined ? 0 : Math.ceil(plan.warmUpJobs / jobs);
  const runs = jobs === undefined ? plan.coldRuns : plan.runs;
  const prefix = redis.freshPrefix();
  const stations = new Map<SideName, Station>();
  let hasFailed = true;
  try {
    for (const side of scenario.sides) {
      const place = { side, redis, prefix: `${prefix}:${side}`, together: plan.together };
      stations.set(side, await scenario.start(place));
    }
    const measured = await inTurns(stations, warmUps + runs);
    hasFailed = false;
    for (const ofSide of measured.values()) ofSide.splice(0, warmUps);
    return toRows(scenario, measured);
  } finally {
    await Promise.all([...stations.values()].map((station) => station.end(hasFailed)));
    await redis.deleteKeys(`${prefix}:`);
  }
}

/** The sides' processes live from the first turn to the last. */
export async function inTurns(
  stations: ReadonlyMap<SideName, Station>,
  turns: number,
): Promise<Map<SideName, Measured[]>> {
  const sides = [...stations.keys()];
  const measured = new Map(sides.map((side): [SideName, Measured[]] => [side, []]));
  for (let turn = 0; turn < turns; turn++) {
    for (const side of turn % 2 === 0 ? sides : sides.toReversed()) {
      const station = stations.get(side) as Station;
      measured.get(side)?.push(await station.measure());
    }
  }
  return measured;
}
