// What is logged of trouble with Redis: one line when it begins, fewer and fewer while it lasts,
// and one when Redis is there again. A dispatcher has many connections, and each tells of each
// attempt.
import { Failure } from '@drover/core';
import { saidBy, saysNoReply, type RedisErrorClass } from '@drover/core/internal';
import type { Log } from './log.js';

/** ms between the first two lines of a trouble that lasts; the time doubles with each line. */
const FIRST_PAUSE = 10_000;
const LONGEST_PAUSE = 300_000;
/**
 * ms after Redis has come back for which what connections still tell of the time before is passed
 * over.
 */
const AFTERMATH = 3_000;

interface Lasting {
  since: number;
  nextLine: number;
  pause: number;
}

export class RedisLog {
  readonly #lasting = new Map<RedisErrorClass['reason'], Lasting>();
  /** What the connection said last. */
  #reason = '';
  #backSince = -Infinity;

  /** @param where the place of Redis, without a password */
  constructor(
    private readonly logger: Log,
    private readonly where: string,
    /** Milliseconds of a clock that nobody sets. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Something has failed, and is tried again. */
  failed(error: Error, errorClass: RedisErrorClass | undefined): void {
    const { name, message } = Failure.from(error);
    const err = { name, message };
    if (!errorClass) return this.logger.warn({ err }, 'trouble, which is being tried again');
    const { reason, text } = errorClass;
    const now = this.now();
    if (!saysNoReply(error)) this.#reason = saidBy(error);
    if (reason === 'unreachable' && now - this.#backSince < AFTERMATH) return;
    const lasting = this.#lasting.get(reason) ?? { since: now, nextLine: now, pause: FIRST_PAUSE };
    if (now < lasting.nextLine) return;
    const { since, pause } = lasting;
    this.#lasting.set(reason, {
      since,
      nextLine: now + pause,
      pause: Math.min(2 * pause, LONGEST_PAUSE),
    });
    const duration = now > since ? ` For ${inSeconds(now - since)} s now.` : '';
    const said = this.#reason === '' ? '' : `, ${this.#reason}`;
    this.logger.warn(
      { err },
      `${text}: ${this.where}${said}. It is tried again until it works.${duration}`,
    );
  }

  /** The connection stands. */
  isThere(): void {
    const now = this.now();
    const lasting = this.#lasting.get('unreachable');
    this.#backSince = now;
    this.#reason = '';
    this.#lasting.clear();
    if (lasting)
      this.logger.info(`${this.where} is there, after ${inSeconds(now - lasting.since)} s`);
  }
}

function inSeconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
