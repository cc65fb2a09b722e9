// Throughput and lateness over time.
import { useMemo } from 'preact/hooks';
import type { FleetActivity } from '@drover/monitor';
import { span } from '../../../src/text/words.js';
import { reads } from '../../api/reads.js';
import { history, type Point } from '../../live/history.js';
import { useRead } from '../../live/use-read.js';
import { Chart, type Line } from '../../parts/chart.js';
import { Panel } from '../../parts/panel.js';
import { Moment } from '../../parts/time.js';

const HOUR = 3_600_000;
const STEPS = 12;
const MINUTE = 60_000;

const ENDED: readonly Line[] = [
  { name: 'succeeded', color: '--good' },
  { name: 'failed', color: '--bad' },
];
const LATE: readonly Line[] = [{ name: 'oldest due', color: '--busy' }];

export function Charts() {
  const hour = useRead(reads.activity(HOUR, STEPS), false);
  const points = history.value;
  const ended = useMemo(() => endedOf(hour.data, points), [hour.data, points]);
  const late = useMemo(() => [points.map((point) => point.late)], [points]);
  const times = useMemo(() => points.map(({ at }) => at), [points]);
  const first = points[0]?.at;
  return (
    <div class="charts">
      <Panel title="Jobs ended per minute">
        <Chart
          label="Jobs that succeeded and that failed, per minute, over the last hour"
          lines={ENDED}
          times={ended.map(({ at }) => at)}
          values={[ended.map((one) => one.succeeded), ended.map((one) => one.failed)]}
          format={(value) => String(Math.round(value * 10) / 10)}
        />
        <p class="hint">
          Means of five minutes up to <Moment at={first} />, when this page was opened; then of the
          last minute. Jobs that retention has removed are missing.
        </p>
      </Panel>
      <Panel title="Waiting time of the oldest due job">
        <Chart
          label="For how long the job has been due that waits the longest"
          lines={LATE}
          times={times}
          values={late}
          format={span}
        />
        <p class="hint">
          Collected by this page since <Moment at={first} />.
        </p>
      </Panel>
    </div>
  );
}

type Ended = Pick<Point, 'at' | 'succeeded' | 'failed'>;

/** The steps before the page was opened, as jobs per minute, then what the page has seen. */
function endedOf(hour: FleetActivity | undefined, points: readonly Point[]): readonly Ended[] {
  const opened = points[0]?.at ?? Infinity;
  const before = (hour?.steps ?? []).map(({ from, to, succeeded, failed }): Ended => {
    const minutes = (to - from) / MINUTE;
    return { at: (from + to) / 2, succeeded: succeeded / minutes, failed: failed / minutes };
  });
  return [...before.filter(({ at }) => at < opened), ...points];
}
