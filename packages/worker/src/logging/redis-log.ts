// Logs errors of Redis: one line when they begin, further lines at growing intervals, and one line
// when Redis is back. Each of a dispatcher's many connections reports each failed attempt.
import { Failure } from '@drover/core';
import { causeSaidBy, type RedisErrorClass } from '@drover/core/internal';
import type { Log } from './log.js';

/** Ms between the first two lines; it doubles with each line. */
const FIRST_PAUSE = 10_000;
const LONGEST_PAUSE = 300_000;
/** Ms after a reconnection in which late errors of the other connections are ignored. */
const AFTERMATH = 3_000;

/** An error class that lasts. Times in ms. */
interface Lasting {
  since: number;
  nextLine: number;
  pause: number;
}

export class RedisLog {
  readonly #lasting = new Map<RedisErrorClass['reason'], Lasting>();
  /** The last message that gives a cause. */
  #reason = '';
  #backSince = -Infinity;

  /** @param where the address of Redis, without a password */
  constructor(
    private readonly logger: Log,
    private readonly where: string,
    /** Ms of the monotonic clock. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** An operation failed, and the caller tries it again. */
  failed(error: Error, errorClass: RedisErrorClass | undefined): void {
    const { name, message } = Failure.from(error);
    const err = { name, message };
    if (!errorClass) return this.logger.warn({ err }, 'an operation failed, and is tried again');
    const { reason, text } = errorClass;
    const now = this.now();
    this.#reason = causeSaidBy(error) ?? this.#reason;
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

  /** The connection is ready. */
  ready(): void {
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
