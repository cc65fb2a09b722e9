// The last steps of the users of graphs: each is stored, and says of its handle what it must.
import { Failure, type Job } from '@drover/core';
import { setTimeout } from 'node:timers/promises';
import { outcomes, results } from './expect.js';
import type { Fleet } from './fleet-face.js';
import { NEW_TO_USERS, type Fate, type Node, type User } from './graphs.js';
import { isJob, type Entry } from './ledger.js';
import { outcomeOf, waited, type Given } from './tasks.js';
import { TOLD } from './waits.js';

/** A user with the node whose handle it gets. */
export interface Placing {
  /** Of the node. */
  name: string;
  node: Node;
  member: string;
  user: User;
  /** The first step. */
  job: Job;
}

/** @param entries of the ledger, which tell of each last step that was made */
export async function oddSteps(
  fleet: Fleet,
  users: readonly Placing[],
  entries: readonly Entry[],
): Promise<readonly string[]> {
  return await new Steps(fleet).check(users, entries);
}

class Steps {
  readonly #found: string[] = [];

  constructor(private readonly fleet: Fleet) {}

  /** The last step of each user was stored, and says what it must. */
  async check(users: readonly Placing[], entries: readonly Entry[]): Promise<readonly string[]> {
    const steps = new Map<string, { id: string; queue: string }[]>();
    for (const entry of entries) {
      if (entry.what !== 'made' || entry.last === undefined || entry.queue === undefined) continue;
      steps.set(entry.last, [
        ...(steps.get(entry.last) ?? []),
        { id: entry.id, queue: entry.queue },
      ]);
    }
    await Promise.all(users.map(async (user) => await this.#checkUser(user, steps)));
    return this.#found;
  }

  async #checkUser(
    { name: of, node, member, user, job }: Placing,
    steps: ReadonlyMap<string, readonly { id: string; queue: string }[]>,
  ): Promise<void> {
    const { user: name } = job.args[0] as { user: string };
    const stored: Job[] = [];
    for (const { id, queue } of steps.get(name) ?? []) {
      const step = await this.fleet.queue(queue).get(id);
      if (step) stored.push(step);
    }
    const how = `${user.use}, by ${user.route.map(({ by }) => by).join(', ')}, of ${member} of ${node.shape} that was ${node.fate}`; // prettier-ignore
    if (stored.length === 0) this.#found.push(`${name}: its last step was never stored: ${how}`);
    const allowed = results(of, node, member, user);
    for (const step of stored) {
      const said = saidBy(step);
      if (allowed && !allowed.includes(said))
        this.#found.push(`${name}: '${said}', not '${allowed.join("' or '")}': ${how}`);
      await this.#checkGiven(`${name}: ${how}`, step, node.fate, outcomes(of, node, member));
    }
  }

  /** A handle that came back in a result is good to wait with. */
  async #checkGiven(
    what: string,
    step: Job,
    fate: Fate,
    allowed: readonly string[],
  ): Promise<void> {
    const given = step.result as Given | undefined;
    if (!isJob(given?.job)) return;
    const late = setTimeout(TOLD, 'never ends', { ref: false });
    const ended = await Promise.race([waited(given.job), late]);
    const isRight =
      given.how !== 'back' || allowed.some((outcome) => ended === `waited ${outcome}`);
    const isNew = ended === 'waited gone' && NEW_TO_USERS.has(fate);
    if (ended === 'never ends' || !(isRight || isNew))
      this.#found.push(`${what}: the wait for its handle in the result (${given.how}): '${ended}', not '${allowed.join("' or '")}'`); // prettier-ignore
  }
}

function saidBy({ status, result }: Job): string {
  if (status !== 'completed') return `it is ${status}`;
  const how = (result as Given | undefined)?.how;
  return how !== undefined && !(result instanceof Failure) ? how : outcomeOf(result);
}
