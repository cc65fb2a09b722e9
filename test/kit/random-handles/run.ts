// Runs many graphs of handles at once under one fleet, in four phases, and says what was wrong with
// which of them.
import type { Job } from '@drover/core';
import { setTimeout } from 'node:timers/promises';
import { buildNode, type Members } from './build.js';
import { oddRuns } from './check.js';
import { outcomes } from './expect.js';
import { ALL_QUEUES, type Fleet } from './fleet-face.js';
import {
  LANES,
  MEMBERS,
  NEW_TO_USERS,
  PULLED,
  QUEUES,
  TRIMMED,
  type Graph,
  type Node,
} from './graphs.js';
import { leftKeys } from './left.js';
import { ledger } from './ledger.js';
import { oddSteps, type Placing } from './steps.js';
import { makeStep } from './tasks.js';
import { Waits } from './waits.js';

const HOUR = 3_600_000;
/** ms from their put until jobs are due that run later, or whose end races. */
const LATER = 700;
/** ms in which all that is to be trimmed is gone, on a busy machine. */
const TRIMMED_WITHIN = 15_000;

interface Placed {
  name: string;
  node: Node;
  members: Members;
}

/**
 * @param first the number of the first graph
 * @returns what was wrong, each beginning with `g` and the number of the graph where that is known
 */
export async function runGraphs(
  graphs: readonly Graph[],
  first: number,
  fleet: Fleet,
): Promise<string[]> {
  return await new Run(fleet).run(graphs, first);
}

class Run {
  readonly #found: string[] = [];
  readonly #startedAt = Date.now();
  readonly #waits: Waits;

  constructor(private readonly fleet: Fleet) {
    this.#waits = new Waits(fleet, (id) => this.#isOwn(id));
  }

  async run(graphs: readonly Graph[], first: number): Promise<string[]> {
    const nodes: Placed[][] = [];
    for (const [i, graph] of graphs.entries()) {
      const named = graph.nodes.map((node, j) => ({ name: `g${first + i}.n${j}`, node }));
      nodes.push(
        await Promise.all(
          named.map(async (each) => ({ ...each, members: await buildNode(each.name, each.node) })),
        ),
      );
    }
    const users = await this.#users(graphs, nodes, first);
    const placed = nodes.flat();
    const known = placed.filter(({ node }) => !NEW_TO_USERS.has(node.fate));
    await Promise.all(known.map((each) => this.#putNode(each)));
    await this.#putUsers(users.filter(({ user }) => user.early));
    await this.#waits.settled('early');
    await this.#decide(placed);
    await this.fleet.trim([TRIMMED], TRIMMED_WITHIN);
    await this.#putUsers(users.filter(({ user }) => !user.early));
    await Promise.all([this.#race(placed), this.fleet.disturb?.()]);
    await this.#waits.settled('all');
    const entries = await ledger.read();
    return [
      ...this.#found,
      ...this.#waits.odd(),
      ...(await oddSteps(this.fleet, users, entries)),
      ...(await oddRuns(entries, async (id) => await this.#find(id), this.fleet.mostInterrupts)),
      ...(await leftKeys(this.fleet, (key) => this.#isOwn(key))),
    ];
  }

  /** The first step of each user. Several may have a job that was never put. */
  async #users(
    graphs: readonly Graph[],
    nodes: readonly (readonly Placed[])[],
    first: number,
  ): Promise<Placing[]> {
    const placings: Placing[] = [];
    for (const [i, { users }] of graphs.entries()) {
      for (const [j, user] of users.entries()) {
        const its = nodes[i] ?? [];
        const placed = its[user.of % its.length] as Placed;
        const { node, members } = placed;
        const isNew = NEW_TO_USERS.has(node.fate);
        const names = MEMBERS[node.shape];
        const member = (isNew ? 'self' : names[user.member % names.length]) as string;
        const name = `g${first + i}.u${j}`;
        const job = await makeStep(
          { user: name, ...user },
          members.get(member) as Job,
          user.at.queue,
        );
        const early = user.early && node.fate !== 'trimmed';
        placings.push({ name: placed.name, node, member, user: { ...user, early }, job });
      }
    }
    return placings;
  }

  async #putNode({ name, node, members }: Placed): Promise<void> {
    const { fate } = node;
    const isHeld = fate === 'removed' || fate === 'pulled' || fate === 'cancelled';
    const isLater = fate === 'runs later' || fate === 'removal races' || fate === 'cancel races';
    const beginAfter = isHeld
      ? new Date(Date.now() + HOUR)
      : isLater
        ? new Date(Date.now() + LATER)
        : undefined;
    await this.fleet
      .queue(queueOf(node))
      .put(members.get('self') as Job, { lane: node.at.lane, ...(beginAfter && { beginAfter }) });
    const runs = fate === 'runs' || fate === 'trimmed';
    for (const [member, job] of members) {
      const allowed = outcomes(name, fate === 'trimmed' ? { ...node, fate: 'runs' } : node, member);
      this.#waits.begin(
        name,
        `${runs ? 'runs ' : ''}${member} of ${node.shape}, ${fate}`,
        allowed,
        job,
      );
    }
  }

  async #putUsers(users: readonly Placing[]): Promise<void> {
    for (const queue of QUEUES) {
      for (const lane of LANES) {
        const here = users.filter(({ user: { at } }) => at.queue === queue && at.lane === lane);
        await this.fleet.queue(queue).putAll(
          here.map(({ job }) => job),
          { lane },
        );
      }
    }
    for (const { name, user, job } of users)
      this.#waits.begin(name, `user ${user.use}`, undefined, job);
  }

  /** The jobs that never come to be due get their fates. */
  async #decide(placed: readonly Placed[]): Promise<void> {
    const pulled = this.fleet.queue(PULLED);
    for (let job = await pulled.pull(); job; job = await pulled.pull()) await takenOut(job.id);
    await Promise.all(
      placed.map(async ({ name, node, members }) => {
        try {
          if (node.fate === 'cancelled')
            await (members.get('self') as Job).cancel('as the graph says');
          if (node.fate === 'removed') await this.#remove(node, members);
        } catch (error) {
          this.#found.push(
            `${name}: a ${node.shape} that is not due for an hour cannot be taken out: ${String(error)}`,
          );
        }
      }),
    );
  }

  /** Put, taken out or cancelled while users work, and about when they are due. */
  async #race(placed: readonly Placed[]): Promise<void> {
    await Promise.all(
      placed.map(async (each, i) => {
        const { node, members } = each;
        if (!node.fate.endsWith('races')) return;
        await setTimeout((i % 8) * 50);
        if (node.fate === 'put races') return await this.#putNode(each);
        const isRemoval = node.fate === 'removal races';
        const doing = isRemoval
          ? this.#remove(node, members)
          : (members.get('self') as Job).cancel('a race');
        // It has begun, or has ended.
        await doing.catch((error: unknown) => {
          if ((error as { code?: string }).code !== 'DROVER_BAD_STATUS') throw error;
        });
      }),
    );
  }

  async #remove(node: Node, members: Members): Promise<void> {
    // By its id: a handle that is given would be new again, and its users would get a new job (Q1).
    await this.fleet.queue(queueOf(node)).remove((members.get('self') as Job).id);
    for (const { id } of members.values()) await takenOut(id);
  }

  async #find(id: string): Promise<Job | undefined> {
    for (const name of ALL_QUEUES) {
      const job = await this.fleet.queue(name).get(id);
      if (job) return job;
    }
    return undefined;
  }

  /** Of what an earlier run left nothing is said: a job's id tells when it was made. */
  #isOwn(text: string): boolean {
    const [, high = '', low = ''] = /([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(text) ?? [];
    if (high === '') return process.env['DROVER_CASE'] === undefined;
    return parseInt(high + low, 16) >= this.#startedAt;
  }
}

function queueOf({ fate, at }: Node): string {
  return fate === 'pulled' ? PULLED : fate === 'trimmed' ? TRIMMED : at.queue;
}

async function takenOut(id: string): Promise<void> {
  await ledger.note({ what: 'taken out', id });
}
