// A run in numbers.
import type { FaultKind, FaultProxy } from '#kit/fault-proxy';
import { failureOf, type Facts, type JobFacts } from './check/facts.js';

const NAMES: Readonly<Record<FaultKind, string>> = {
  'lose request': 'lost requests',
  'lose reply': 'lost replies',
  cut: 'cut connections',
  'black hole': 'black holes',
  delay: 'delays',
  error: 'errors answered',
};

/** The faults of all proxies. */
export function sumOfFaults(counts: readonly FaultProxy['counts'][]): Record<string, number> {
  const kinds = Object.entries(NAMES) as [FaultKind, string][];
  return Object.fromEntries(
    kinds.map(([kind, name]) => [name, counts.reduce((sum, each) => sum + each[kind], 0)]),
  );
}

export function figuresOf(facts: Facts): Record<string, number> {
  const jobs = [...facts.jobs.values()].filter(({ stored }) => stored && stored.lane !== 'system');
  const events = facts.all('event');
  const count = (name: string): number => events.filter(({ event }) => event === name).length;
  return {
    jobs: jobs.length,
    composites: jobs.filter(({ put }) => put?.composite).length,
    callbacks: jobs.filter(({ stored }) => stored?.fields['name'] === 'chaos.callback').length,
    runs: facts.all('start').length,
    cancels: facts.all('cancelled').filter(({ acknowledged }) => acknowledged).length,
    retries: facts.all('retried').filter(({ acknowledged }) => acknowledged).length,
    ...figuresOfChanges(facts, jobs),
    appended: [...facts.all('appended'), ...facts.all('appended in run')].length,
    interruptions: jobs.reduce(
      (sum, { stored }) => sum + Number(stored?.fields['interruptions'] ?? 0),
      0,
    ),
    refusals: count('reassigned'),
    deaths: count('died'),
    depositions: count('deposed'),
  };
}

function figuresOfChanges(facts: Facts, jobs: readonly JobFacts[]): Record<string, number> {
  const puts = facts.all('put').filter(({ acknowledged, put }) => acknowledged && put.key);
  return {
    'scheduled jobs': jobs.filter(({ stored }) => stored?.fields['opts']?.includes('"schedule":'))
      .length,
    'times skipped': facts.all('schedule ended').reduce((sum, { skipped = 0 }) => sum + skipped, 0),
    'puts with a key': puts.length,
    'puts of a taken key': puts.filter(({ instead }) => instead).length,
    'puts refused': facts.all('refused').length,
    updates: facts.all('updated').filter(({ acknowledged }) => acknowledged).length,
    'calls on many jobs': facts.all('changed all').filter(({ done }) => done !== undefined).length,
    pauses: facts.all('paused').filter(({ acknowledged }) => acknowledged).length,
    'agents changed': facts.all('agent').filter(({ acknowledged }) => acknowledged).length,
    timeouts: jobs.filter((job) => job.put?.timeout && failureOf(job) === 'TimeoutError').length,
    'jobs with a priority': jobs.filter(({ put }) => put?.priority).length,
    looks: facts.all('progress').length,
  };
}
