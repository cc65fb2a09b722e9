// Composites: each part is seen exactly once, in order, with its right result; of a serial, each
// after the one before (C1).
import { isDeepStrictEqual } from 'node:util';
import { acceptedRun, endOf, failureOf, parse, type Facts, type JobFacts } from './facts.js';
import type { Violation } from './violation.js';

export function checkComposites(facts: Facts): Violation[] {
  const found: Violation[] = [];
  const appended = readAppended(facts);
  for (const job of facts.jobs.values()) {
    const composite = job.put?.composite;
    if (!composite || endOf(job)?.event !== 'completed') continue;
    const add = (rule: string, what: string): void => void found.push({ rule, job: job.id, what });
    const ids = [...composite.parts.map(({ id }) => id), ...(appended.get(job.id) ?? [])];
    const parts = ids.map((id) => facts.of(id));
    const expected = parts.map((part) => ({ id: part.id, result: finalResult(part) }));
    if (composite.postprocess === undefined) {
      const seen = compared(parse(job.stored?.fields['returnvalue']));
      const results = expected.map(({ result }) => result);
      if (!isDeepStrictEqual(seen, results))
        add('C1', `it ended with ${text(seen)}, and its parts with ${text(results)}`);
    } else {
      const post = facts.of(composite.postprocess);
      const run = acceptedRun(post);
      const got = post.lines.find((line) => line.what === 'got' && line.run === run);
      const seen =
        got?.what === 'got'
          ? got.parts.map(({ id, result }) => ({ id, result: compared(result) }))
          : undefined;
      if (!isDeepStrictEqual(seen, expected))
        add('C1', `its postprocess got ${text(seen)}, not ${text(expected)}`);
      if (acceptedRun(job) !== run)
        add('C1', `it ended with another result than its postprocess, whose run is ${run}`);
    }
    if (composite.how === 'serial') checkOrder(parts, add);
  }
  return found;
}

/**
 * By composite the ids of what was appended, in order: from outside before it starts, then by a
 * part, where that run was accepted.
 */
function readAppended(facts: Facts): Map<string, Set<string>> {
  const appended = new Map<string, Set<string>>();
  const add = (to: string, id: string): void =>
    void appended.set(to, (appended.get(to) ?? new Set()).add(id));
  const acknowledged = new Set(
    facts.all('appended').flatMap((line) => (line.acknowledged ? [line.part.id] : [])),
  );
  const isThere = (id: string): boolean =>
    acknowledged.has(id) || facts.of(id).stored !== undefined;
  for (const { to, part } of facts.all('appended')) if (isThere(part.id)) add(to, part.id);
  for (const { to, child } of facts.all('appended in run')) if (isThere(child)) add(to, child);
  return appended;
}

function checkOrder(parts: readonly JobFacts[], add: (rule: string, what: string) => void): void {
  let ended = -Infinity;
  for (const part of parts) {
    const first = part.starts[0]?.at;
    if (first !== undefined && first < ended)
      add('C1', `part ${part.id} began before the part before it had ended`);
    const run = acceptedRun(part);
    const end = part.lines.find((line) => line.what === 'end' && line.run === run);
    ended = Math.max(ended, end?.at ?? -Infinity);
  }
}

/** Of a failure its name. */
function finalResult(job: JobFacts): unknown {
  const failure = failureOf(job);
  return endOf(job)?.event === 'failed' && failure !== undefined
    ? { failure }
    : compared(parse(job.stored?.fields['returnvalue']));
}

/** As processes write results down: of a failure, stored as such, its name. */
export function compared(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compared);
  const tagged = (value ?? {}) as { $drover?: string; value?: { name: string } };
  if (tagged.$drover === 'Failure') return { failure: tagged.value?.name };
  return value ?? null;
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}
