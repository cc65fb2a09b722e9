// The last events, so that a browser that connects again gets what it has missed meanwhile.
import { randomUUID } from 'node:crypto';
import type { FleetEvent } from '../../model/follow.js';

/** An event with its number: the ids of a feed rise by one. */
export interface Numbered {
  id: string;
  event: FleetEvent;
}

const MOST = 500;

export class RecentEvents {
  /** Another feed, such as that of another process, has ids of its own. */
  readonly #feed = randomUUID().slice(0, 8);
  #last = 0;
  #events: Numbered[] = [];

  /** The id of the last event. */
  get lastId(): string {
    return `${this.#feed}-${this.#last}`;
  }

  add(event: FleetEvent): Numbered {
    this.#last++;
    const numbered = { id: this.lastId, event };
    this.#events.push(numbered);
    if (this.#events.length > MOST) this.#events.shift();
    return numbered;
  }

  /** From now on events were missed that nobody has seen. */
  breakOff(): void {
    this.#last++;
    this.#events = [];
  }

  /**
   * What has come after an id, and whether more has come than is kept. Nothing for the id of
   * another feed.
   */
  since(id: string | undefined): { events: Numbered[]; isAll: boolean } {
    const [, feed, number] = /^(\w+)-(\d{1,15})$/.exec(id ?? '') ?? [];
    if (feed !== this.#feed) return { events: [], isAll: true };
    const missed = Math.max(0, this.#last - Number(number));
    if (missed === 0) return { events: [], isAll: true };
    return { events: this.#events.slice(-missed), isAll: missed <= this.#events.length };
  }
}
