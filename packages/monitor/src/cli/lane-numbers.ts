// The columns of tables that have the numbers of jobs of a queue or a lane.
import type { LaneNumbers } from '../model/queue-state.js';
import { span } from '../text/words.js';
import type { Column } from './layout.js';

export const numberColumns = (...titles: string[]): Column[] =>
  titles.map((title) => ({ title, align: 'right' }));

export const LANE_COLUMNS: readonly Column[] = numberColumns(
  ...['DUE', 'LATE', 'DELAYED', 'QUOTA', 'ACTIVE', 'FAILED'],
);

/** @param now Redis's clock */
export function laneCells(numbers: LaneNumbers, now: number): string[] {
  const { due, oldestDue, delayed, waitingForQuota, active, callbacks, failed } = numbers;
  const late = oldestDue === undefined ? '-' : span(now - oldestDue);
  const counts = [delayed, waitingForQuota, active + callbacks, failed];
  return [String(due), late, ...counts.map(String)];
}
