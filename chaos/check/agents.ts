// Agents that change while they run: no job begins where as many run as the size of its agent, or
// the sizes of all changes that may hold, allow (D9).
import type { AgentChange, Line } from '../history.js';
import type { Facts } from './facts.js';
import type { Violation } from './violation.js';

/** ms after the call for another size in which jobs that were claimed before may begin. */
const CLAIMED_BEFORE = 3_000;

/** A size that an agent may have, from one time on, and certainly from another. */
interface Size {
  size: number;
  tried: number;
  /** Infinity where the call was not acknowledged: it may hold later. */
  acknowledged: number;
}

export function checkAgents(facts: Facts): Violation[] {
  const found: Violation[] = [];
  const changes = changesOf(facts);
  for (const { who, uuid, queues, agent, size, at } of facts.all('serves')) {
    const first = { size, tried: -Infinity, acknowledged: -Infinity };
    const sizesOf = (queue: string, name: string): Size[] => [
      ...(queues.includes(queue) && name === agent ? [first] : [{ ...first, size: 0 }]),
      ...changes.filter(
        ({ change, acknowledged }) => isOf(change, uuid, queue, name) && acknowledged > at,
      ),
    ];
    const lines = facts.lines.filter((line) => line.who === who);
    for (const { line, running, key } of startsIn(lines)) {
      const allowed = mostAt(sizesOf(...key), line.at);
      if (running <= allowed) continue;
      const what = `${who} began it as number ${running} in agent ${key.join('.')}, whose size is ${allowed}`;
      found.push({ rule: 'D9', job: line.job, what });
    }
  }
  return found;
}

function isOf(change: AgentChange, uuid: string, queue: string, agent: string): boolean {
  return change.uuid === uuid && change.queue === queue && change.agent === agent;
}

function changesOf(facts: Facts): (Size & { change: AgentChange })[] {
  const calls = new Map<string, Size & { change: AgentChange }>();
  for (const { call, change, acknowledged, at } of facts.all('agent')) {
    const known = calls.get(call);
    if (known && acknowledged) known.acknowledged = at;
    if (!known) calls.set(call, { size: change.size, change, tried: at, acknowledged: Infinity });
  }
  return [...calls.values()];
}

type Start = Extract<Line, { what: 'start' }>;

/** The starts of one process, each with how many runs of its agent there are then. */
function* startsIn(
  lines: readonly Line[],
): Generator<{ line: Start; running: number; key: [queue: string, agent: string] }> {
  const running = new Map<string, string>();
  for (const line of lines) {
    // Runs of the activation before go on in no slot of this one.
    if (line.what === 'event' && line.event === 'deposed') running.clear();
    if (line.what === 'end') running.delete(line.run);
    if (line.what !== 'start' || line.agent === undefined || line.queue === undefined) continue;
    const agent = `${line.queue}.${line.agent}`;
    running.set(line.run, agent);
    const count = [...running.values()].filter((other) => other === agent).length;
    yield { line, running: count, key: [line.queue, line.agent] };
  }
}

/** The largest size that may hold at that time, or did when the job was claimed. */
function mostAt(sizes: readonly Size[], at: number): number {
  const isReplaced = ({ acknowledged }: Size): boolean =>
    sizes.some((later) => later.tried > acknowledged && later.acknowledged + CLAIMED_BEFORE < at);
  return Math.max(
    0,
    ...sizes.filter((size) => size.tried <= at && !isReplaced(size)).map(({ size }) => size),
  );
}
