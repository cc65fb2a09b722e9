// Each wait of the producer ends: as its job did, or with an error that says that the job will
// never come (J12).
import { CLOSED } from '../history.js';
import { endOf, failureOf, parse, triedRetries, type Facts, type JobFacts } from './facts.js';
import type { Violation } from './violation.js';

/** Codes that say that there is no such job, or none any more. */
const GONE = ['DROVER_BAD_STATUS', 'DROVER_REMOVED'];

export function checkWaitsEnd(facts: Facts): Violation[] {
  const open = new Map<string, number>();
  const count = (job: string, step: number): void =>
    void open.set(job, (open.get(job) ?? 0) + step);
  for (const { job, who } of facts.all('waits')) if (who === 'producer') count(job, 1);
  for (const { job, who } of facts.all('waited')) if (who === 'producer') count(job, -1);
  return [...open].flatMap(([job, waits]) =>
    waits > 0
      ? [{ rule: 'J12', job, what: `${waits} waits for it have not ended when all work has` }]
      : [],
  );
}

export function checkWaits(facts: Facts): Violation[] {
  return facts.all('waited').flatMap((line) => {
    const job = facts.of(line.job);
    // A task may wait when its dispatcher stops. The producer's queue is closed by nothing.
    if (line.with === CLOSED && line.who !== 'producer') return [];
    if (triedRetries(job, facts) > 0 || isRight(line.with, job)) return [];
    const what = `the wait of ${line.who} ended with ${line.with}; ${endOf(job)?.event ?? 'it has not ended'}`;
    return [{ rule: 'J12', job: job.id, what }];
  });
}

function isRight(ended: string, job: JobFacts): boolean {
  const [name = '', code = ''] = ended.split(' ');
  if (!job.stored) return GONE.includes(code);
  const failure = endOf(job)?.event === 'failed' ? failureOf(job)?.split(' ')[0] : undefined;
  if (failure !== undefined) return name === failure;
  const value = parse(job.stored.fields['returnvalue']) as { run?: string } | null | undefined;
  return ended === (value?.run ?? 'a value');
}
