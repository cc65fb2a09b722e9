// How long a job waits after the death of its process: both sides, with their defaults and as fast
// as is sane.
import type { BenchRedis } from '../redis.js';
import { median } from '../statistics.js';
import { endings, recover, type Ending } from './recover.js';
import { contenders, type Contender } from './settings.js';

/** ms until the job runs again, of one side. */
export interface Recovery {
  ending: Ending;
  contender: string;
  measured: number[];
  median: number;
  max: number;
}

/** Scenarios that wait for half a minute are measured so often, all at the same time. */
const SLOW_RUNS = 3;
/**
 * From SPEC 4, in ms, for Drover: with the death interval and the ping interval of the fast
 * contender for the last.
 */
const TARGETS: Record<Ending, number> = {
  'SIGTERM, restart': 250,
  'SIGKILL, restart': 500,
  'SIGKILL, sibling': 2_500,
};
const WIDTH = 21;

/** Where one waits for so long that many can do it at the same time. */
function waitsLong(ending: Ending, { side, isSlow }: Contender): boolean {
  return isSlow && (side === 'raw' || ending === 'SIGKILL, sibling');
}

export async function measureRecovery(redis: BenchRedis, runs: number): Promise<Recovery[]> {
  const all = endings.flatMap((ending) => contenders.map((contender) => ({ ending, contender })));
  const once = async (ending: Ending, contender: Contender): Promise<number> => {
    const prefix = redis.freshPrefix();
    try {
      return await recover(ending, contender, redis.url, prefix);
    } finally {
      await redis.deleteKeys(`${prefix}:`);
    }
  };
  const found: Recovery[] = [];
  for (const { ending, contender } of all.filter((one) => !waitsLong(one.ending, one.contender))) {
    const measured = [];
    for (let run = 0; run < runs; run++) measured.push(await once(ending, contender));
    found.push(toRecovery(ending, contender, measured));
  }
  const slow = all
    .filter((one) => waitsLong(one.ending, one.contender))
    .map(async ({ ending, contender }) => {
      const times = Array.from({ length: Math.min(runs, SLOW_RUNS) }, () =>
        once(ending, contender),
      );
      return toRecovery(ending, contender, await Promise.all(times));
    });
  found.push(...(await Promise.all(slow)));
  return all.map(({ ending, contender: { name } }) => {
    return found.find((one) => one.ending === ending && one.contender === name) as Recovery;
  });
}

function toRecovery(ending: Ending, { name }: Contender, measured: number[]): Recovery {
  return {
    ending,
    contender: name,
    measured,
    median: median(measured),
    max: Math.max(...measured),
  };
}

export function recoveryTable(recoveries: readonly Recovery[]): string {
  const head = ['job runs again, ms', ...contenders.map(({ name }) => name), 'target'];
  const lines = endings.map((ending) => {
    const row = recoveries.filter((one) => one.ending === ending);
    const fastest = row.at(-1) as Recovery;
    const target = `≤ ${TARGETS[ending]} ${fastest.max <= TARGETS[ending] ? '✓' : '✗'}`;
    return [ending, ...row.map((one) => `${rounded(one.median)} (${rounded(one.max)})`), target];
  });
  const text = [head, ...lines].map((row) =>
    row
      .map((cell) => cell.padEnd(WIDTH))
      .join('')
      .trimEnd(),
  );
  return [text[0], '─'.repeat(WIDTH * head.length - 8), ...text.slice(1), RECOVERY_NOTES].join(
    '\n',
  );
}

const RECOVERY_NOTES = `Medians, and the longest in brackets: after a restart from when the new process takes jobs, for a sibling from the death.
The target is Drover's, for the longest, with deathInterval 2,000 and pingInterval 500.`;

function rounded(ms: number): string {
  return Math.round(ms).toLocaleString('en');
}
