// Looks at the fleet for all browsers together, and tells each what it has asked for. However many
// pages are open, Redis is asked once; and not at all while no page is open.
import { setTimeout as pause } from 'node:timers/promises';
import type { FleetEvent, Follower } from '../../model/follow.js';
import type { FleetView } from '../../model/fleet-view.js';
import { cleanJson } from '../../text/clean.js';
import { answerOf, Problem, toProblem } from '../problem.js';
import type { Redactor } from '../redact.js';
import { RecentEvents, type Numbered } from './recent.js';
import { EventStream, type Message } from './stream.js';

export interface FeedOptions {
  view: FleetView;
  redactor: Redactor;
  onError: (error: Error) => void;
  /** Ms between two looks. Default: 2,000. */
  every?: number | undefined;
}

/** What a browser asks for. */
export interface Subscription {
  /** Events of one queue, and of dispatchers. Default: of all queues. */
  queue?: string | undefined;
  /** Jobs that have succeeded are left out. While no browser wants them, they are not read. */
  without?: 'completed' | undefined;
  /** The id of the last event that it has got before. */
  lastId?: string | undefined;
}

const MOST_STREAMS = 50;
/** Ms between two comments. */
const BEAT = 15_000;
/** After so many ms a stream ends, and the browser connects again: it is asked again who it is. */
const LONGEST = 600_000;
/** For so many ms without a page the follower remembers where it was. */
const REMEMBERED = 60_000;

export class EventFeed {
  readonly #streams = new Map<EventStream, Subscription>();
  /** What the last look has left out. */
  #without: Subscription['without'];
  readonly #recent = new RecentEvents();
  readonly #ending = new AbortController();
  /** The last status, or that Redis is away. */
  #state: Message | undefined;
  #follower: Follower | undefined;
  #lookedAt = 0;
  #isLooking = false;

  constructor(private readonly options: FeedOptions) {}

  /** A stream for a browser. @throws Problem where there are too many, or the monitor has ended */
  open(subscription: Subscription): Response {
    if (this.#ending.signal.aborted) throw new Problem(503, 'CLOSED', 'this monitor has ended');
    if (this.#streams.size >= MOST_STREAMS)
      throw new Problem(503, 'TOO_MANY_STREAMS', `${MOST_STREAMS} pages are open: close one`);
    const timers = [
      setInterval(() => stream.beat(), BEAT),
      setTimeout(() => stream.end(), LONGEST),
    ];
    const stream = new EventStream(() => {
      timers.forEach(clearTimeout);
      this.#streams.delete(stream);
    });
    this.#streams.set(stream, subscription);
    this.#catchUp(stream, subscription);
    if (this.#state) stream.sendState(this.#state);
    if (!this.#isLooking) void this.#look();
    return stream.response;
  }

  /** Ends all streams. */
  end(): void {
    this.#ending.abort();
    for (const stream of this.#streams.keys()) stream.end();
  }

  #catchUp(stream: EventStream, subscription: Subscription): void {
    // Successes that nobody wanted were not read.
    if (this.#without && !subscription.without) this.#recent.breakOff();
    this.#without = this.#unwanted();
    const { events, isAll } = this.#recent.since(subscription.lastId);
    const says = 'more has happened since the last event than is remembered';
    const missed: FleetEvent = { at: this.#lookedAt, event: 'missed', says };
    const wanted = events.filter(({ event }) => isFor(event, subscription));
    const first = isAll ? [] : [{ id: this.#recent.lastId, event: missed }];
    stream.send(...[...first, ...wanted].map((one) => this.#message(one)));
  }

  /** What no browser wants. */
  #unwanted(): Subscription['without'] {
    const isWanted = [...this.#streams.values()].some(({ without }) => without === undefined);
    return isWanted ? undefined : 'completed';
  }

  /** While somebody listens. */
  async #look(): Promise<void> {
    const { view, every = 2_000 } = this.options;
    const { signal } = this.#ending;
    this.#isLooking = true;
    if (!this.#follower || Date.now() - this.#lookedAt > REMEMBERED) {
      this.#follower = view.follow();
      this.#recent.breakOff();
    }
    while (this.#streams.size > 0 && !signal.aborted) {
      await this.#tell(this.#follower).catch((error: unknown) => this.#away(error));
      await pause(every, undefined, { signal }).catch(() => undefined);
    }
    this.#state = undefined;
    this.#isLooking = false;
  }

  async #tell(follower: Follower): Promise<void> {
    this.#without = this.#unwanted();
    const status = await this.options.view.status();
    const events = await follower.next({ without: this.#without, status });
    this.#lookedAt = Date.now();
    const told = events.map((event) => ({
      event,
      message: this.#message(this.#recent.add(event)),
    }));
    for (const [stream, subscription] of this.#streams) {
      const wanted = told.filter(({ event }) => isFor(event, subscription));
      stream.send(...wanted.map(({ message }) => message));
    }
    this.#setState('status', status);
  }

  #away(error: unknown): void {
    if (this.#ending.signal.aborted) return;
    const problem = toProblem(error);
    if (problem.code === 'INTERNAL') this.options.onError(error as Error);
    this.#setState('away', answerOf(problem));
  }

  #setState(event: 'status' | 'away', body: unknown): void {
    this.#state = { id: this.#recent.lastId, event, data: cleanJson(body) };
    for (const stream of this.#streams.keys()) stream.sendState(this.#state);
  }

  #message({ id, event }: Numbered): Message {
    return { id, event: event.event, data: cleanJson(this.options.redactor.event(event)) };
  }
}

function isFor(event: FleetEvent, { queue, without }: Subscription): boolean {
  if (event.event === without) return false;
  return queue === undefined || event.queue === undefined || event.queue === queue;
}
