// Stores the values of steps of packs (docs/protocol/packs.md). Steps that end at about the same
// time share a call of the script: most of the cost of a step is that of its call.
import type { RedisClient } from '../../../redis/connection.js';
import type { Held } from '../../../model/lane-store.js';
import { DamagedRecord } from '../../../model/store-errors.js';
import type { LaneKeys } from '../keys.js';
import { checkReply } from '../scripts/refusal.js';
import { runScript } from '../scripts/run-script.js';
import { throwTyped } from '../scripts/store-errors.js';

/** The most steps of a call, and the most characters of their values: it holds up Redis. */
const MOST_STEPS = 64;
const MOST_CHARACTERS = 100_000;
/**
 * So many calls are under way. Steps that end meanwhile collect for the next call. With fewer calls
 * a step would wait longer where the way to Redis is long.
 */
const MOST_CALLS = 4;

/** The reply for a step whose value is stored, in a lane that is paused (O2). */
const STORED_AND_PAUSED = 2;

interface Step {
  pack: Held;
  position: number;
  value: string;
  resolve: (mayGoOn: boolean) => void;
  reject: (error: unknown) => void;
}

export class StepRecorder {
  #steps: Step[] = [];
  #calls = 0;

  constructor(
    private readonly client: RedisClient,
    private readonly keys: LaneKeys,
  ) {}

  /** @returns whether the next step may begin @throws Refused, DamagedRecord */
  record(pack: Held, position: number, value: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#steps.push({ pack, position, value, resolve, reject });
      if (this.#steps.length === 1) process.nextTick(this.#sendAll);
    });
  }

  readonly #sendAll = (): void => {
    if (this.#calls >= MOST_CALLS || this.#steps.length === 0) return;
    const steps = this.#take();
    this.#calls++;
    void this.#send(steps).then(() => {
      this.#calls--;
      process.nextTick(this.#sendAll);
    });
  };

  /** The steps of the next call: one at least. */
  #take(): Step[] {
    let length = 0;
    const isEnough = ({ value }: Step, i: number): boolean => {
      length += value.length;
      return i === MOST_STEPS || (i > 0 && length > MOST_CHARACTERS);
    };
    const count = this.#steps.findIndex(isEnough);
    return this.#steps.splice(0, count < 0 ? this.#steps.length : count);
  }

  async #send(steps: readonly Step[]): Promise<void> {
    const args: (string | number)[] = [this.keys.base];
    for (const { pack, position, value } of steps) args.push(pack.id, pack.token, position, value);
    try {
      const wait = [this.keys.list('wait')];
      const reply = await runScript(this.client, 'recordSteps', wait, args).catch(throwTyped);
      for (const [i, code] of (reply as number[]).entries()) settle(steps[i] as Step, code);
    } catch (error) {
      for (const { reject } of steps) reject(error);
    }
  }
}

function settle({ pack, resolve, reject }: Step, code: number): void {
  try {
    if (code === 0) throw new DamagedRecord('its pack cannot be read');
    checkReply(code, pack.id);
    resolve(code !== STORED_AND_PAUSED);
  } catch (error) {
    reject(error);
  }
}
