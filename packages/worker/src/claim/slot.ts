// One slot of an agent at work in a lane. It runs the jobs of its hand one after another, and ends
// and claims several of them in one call of the store (docs/protocol/hands.md).
import { crashPoint, type ClaimedJob, type LaneStore } from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import { perform, settle, type ExecuteDeps, type Performed } from '../run/execute.js';
import { report } from '../run/report.js';
import { endOf, endOfPack, isPlain, waitsForStore, type Ended } from './ended.js';
import type { HandSize } from './hand-size.js';
import { runSteps } from './steps.js';
import { whileStuck } from './stuck.js';

type HandReply = Awaited<ReturnType<LaneStore['hand']>>;
type End = HandReply['ends'][number];

export interface SlotOptions {
  /** The dependencies of its runs. */
  deps: ExecuteDeps;
  activation: Activation;
  /** How many jobs it claims at once; all slots in the lane share it. */
  hand: HandSize;
  /** The number of slots of the agent that have no job. */
  idle: () => number;
  /** Whether it may go on claiming in this lane. */
  mayClaim: () => boolean;
  /** Gets the answer to each claim. */
  onClaimed: (reply: HandReply) => void;
  onError: (error: Error) => void;
}

export class Slot {
  /** Claimed jobs that have not begun, the next one first. */
  #hand: ClaimedJob[] = [];
  #ended: Ended[] = [];
  /**
   * The claimed pack that ends with the values of `#ended`, where these are so many
   * (docs/protocol/packs.md).
   */
  #pack: { claim: ClaimedJob; values: number } | undefined;
  /** The job that runs, or has run last. */
  #running: ClaimedJob | undefined;
  /** Sends the hand when the event loop turns. */
  #immediate: NodeJS.Immediate | undefined;
  /** The calls that were sent while a job ran. */
  #sending: Promise<unknown> | undefined;

  constructor(private readonly options: SlotOptions) {}

  /** Resolves when the slot has nothing more to run. Throws nothing. */
  async work(first: ClaimedJob): Promise<void> {
    const { activation, deps, hand, onError } = this.options;
    this.#hand = [first];
    for (let claim = this.#begin(); claim;) {
      if (claim.pack) await this.#runSteps(claim);
      else {
        this.#running = claim;
        let performed: Performed | undefined;
        try {
          const found = perform(claim, deps);
          // A promise would cost as much as the rest of a short run.
          performed = found instanceof Promise ? await found : found;
        } catch (error) {
          onError(error as Error);
        }
        if (performed && isPlain(performed)) this.#ended.push(performed);
        else await this.#endAlone(claim, performed);
      }
      claim = activation.accepting && !hand.isOver ? this.#hand.shift() : undefined;
      claim ??= await this.#nextHand();
    }
  }

  /** Stores an outcome that is stored by itself; undefined: there is none. */
  async #endAlone(claim: ClaimedJob, performed: Performed | undefined): Promise<void> {
    const { deps, activation, onError } = this.options;
    // A failure may stop the composite of the other jobs (C2), and a job that runs again at once is
    // the next one (Q4). So the lane gets the others back before.
    if (performed && performed.outcome.kind !== 'done') this.#sendHand();
    await (performed && settle(performed, deps))?.catch(onError);
    activation.retire(claim.token);
    if (performed?.run.late) await whileStuck(performed.run, performed.run.late, deps);
  }

  /** Begins the hand. Returns its first job. */
  #begin(): ClaimedJob | undefined {
    const [{ pack } = {}] = this.#hand;
    if (pack && !pack.inOrder) {
      this.#pack = { claim: this.#hand[0] as ClaimedJob, values: pack.parts.length };
      this.#hand = pack.parts;
    }
    this.options.hand.began(this.#hand.length, pack !== undefined);
    // A step may take long: no other job waits for it.
    if (!pack?.inOrder) this.#immediate = setImmediate(this.#sendHand);
    return this.#hand.shift();
  }

  async #runSteps(claim: ClaimedJob): Promise<void> {
    const last = await runSteps(claim, this.options);
    if (last) {
      this.#ended.push(last);
      this.#pack = { claim, values: 1 };
    }
    this.options.hand.tellsNothing();
  }

  /** Sends this hand and claims the next one. Returns its first job. */
  async #nextHand(): Promise<ClaimedJob | undefined> {
    const { activation, hand, idle, mayClaim } = this.options;
    clearImmediate(this.#immediate);
    await this.#sending;
    hand.ended();
    do {
      // An idle slot takes the next job at once: it need not wait in this hand.
      const most = idle() > 0 ? 1 : hand.next;
      const tokens = Array.from({ length: mayClaim() ? most : 0 }, () => activation.newToken());
      // What has not begun goes back: the activation stops, or the hand has taken too long.
      this.#hand = await this.#send(this.#takeHand(), tokens);
    } while (this.#hand.length > 0 && !activation.accepting);
    return this.#hand.length > 0 ? this.#begin() : undefined;
  }

  /**
   * A job takes long, or fails: the values before it are stored, and the others need not wait for
   * it, in this hand nor in the next.
   */
  readonly #sendHand = (): void => {
    const { hand } = this.options;
    if (waitsForStore(this.#running)) hand.tellsNothing();
    else hand.wasLate();
    this.#sending = Promise.all([this.#sending, this.#send(this.#takeHand(), [])]);
  };

  #takeHand(): ClaimedJob[] {
    const hand = this.#hand;
    this.#hand = [];
    return hand;
  }

  /** Stores the values of ended runs, gives jobs back, and claims jobs under the tokens. */
  async #send(back: readonly ClaimedJob[], tokens: readonly string[]): Promise<ClaimedJob[]> {
    const { activation, deps, hand, onClaimed, onError } = this.options;
    const ended = this.#ended;
    const pack = this.#pack;
    this.#ended = [];
    this.#pack = undefined;
    if (ended.length + back.length + tokens.length === 0) return [];
    if (ended.length > 0) crashPoint('run.before-commit');
    if (tokens.length > 0) crashPoint('claim.before');
    let reply: HandReply;
    try {
      const isWhole = pack?.values === ended.length;
      const ends = isWhole ? [endOfPack(pack.claim, ended)] : ended.map(endOf);
      reply = await deps.store.hand({ ended: ends, back, tokens, takesPacks: hand.takesPacks });
      // Another process has opened the pack: each part ends under its own token.
      if (isWhole)
        reply.ends = ended.map(() => (reply.ends[0] === 'stored' ? 'stored' : 'by itself'));
    } catch (error) {
      // A reconcile pass looks for what the lost reply may have claimed.
      this.#retire(tokens, back);
      onError(error as Error);
      for (const one of ended) await this.#endedByItself(one, error as Error);
      if (pack) activation.retire(pack.claim.token);
      return [];
    }
    if (ended.length > 0) crashPoint('commit.after');
    for (const [i, one] of ended.entries()) {
      const end = reply.ends[i] as End;
      if (end === 'by itself') await this.#endedByItself(one);
      else this.#report(one, end);
    }
    if (pack) activation.retire(pack.claim.token);
    if (tokens.length > 0) onClaimed(reply);
    const claimed = reply.claimed.flatMap(({ job }) => job ?? []);
    if (claimed.length > 0) crashPoint('claim.after');
    const used = new Set(claimed.map(({ token }) => token));
    const unused = tokens.filter((token) => !used.has(token));
    this.#retire(unused, back);
    return claimed;
  }

  #report({ run, outcome }: Ended, end: Exclude<End, 'by itself'>): void {
    const { deps, activation, onError } = this.options;
    try {
      report(
        run,
        outcome,
        end === 'stored' ? { kind: end, outcome } : { kind: 'reassigned' },
        deps,
      );
    } catch (error) {
      onError(error as Error);
    }
    activation.retire(run.claim.token);
  }

  /** Stores an end by itself. @param lost the error of the call that was to store it */
  async #endedByItself(ended: Ended, lost?: Error): Promise<void> {
    const { deps, activation, onError } = this.options;
    await settle(ended, deps, lost).catch(onError);
    activation.retire(ended.run.claim.token);
  }

  #retire(tokens: readonly string[], back: readonly ClaimedJob[]): void {
    const { activation } = this.options;
    for (const token of tokens) activation.retire(token);
    for (const { token } of back) activation.retire(token);
  }
}
