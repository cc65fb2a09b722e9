// BullMQ's own Redis backend for one lane, bent in three places: its replies keep all fields of a job, a finish may set fields, and
// a transition may stand in one MULTI with scripts of Drover's.
import { QueueKeys, RedisConnection, RedisQueueBackend } from 'bullmq';
import type { RedisClient } from '../../connection.js';
import { throwDiscreetly } from '../../discreet.js';
import { runTogether, type Alongside } from './alongside.js';
import { toFields, type DroverFields, type JobFields } from './fields.js';
import type { LaneKeys } from './keys.js';

/** A job as a claim brings it. */
export interface RawClaim {
  id: string;
  fields: JobFields;
}

/** What BullMQ answers to a claim: `[_, job, msUntilRateLimitEnds, delayUntil]`; empty after a finish that claimed none. */
type NextJobReply = [unknown?, (RawClaim | string | number)?, number?, number?];

/** The next job, as claims and finishes give it. */
export interface RawReply {
  claim?: RawClaim;
  delayUntil: number;
}

/** Locks do not expire while their dispatcher may live: liveness is the dispatcher's ping alone (D3). */
export const LOCK_DURATION = 365 * 24 * 3_600_000;

/** BullMQ's connections wrap clients that Drover made and ends itself; one for each client. */
const wrapped = new WeakMap<RedisClient, RedisConnection>();

function wrap(client: RedisClient): RedisConnection {
  const known = wrapped.get(client);
  if (known) return known;
  // It must not ask the server for anything: a connection that is cut in the middle of that would be of no use for ever.
  const settings = { shared: true, blocking: false, skipVersionCheck: true, skipWaitingForReady: true };
  const connection = new RedisConnection(client as never, settings);
  // A client that cannot connect says so on the client; a listener keeps BullMQ from throwing it at nobody.
  connection.on('error', () => {});
  wrapped.set(client, connection);
  return connection;
}

/** One lane of a queue, in BullMQ's terms. */
export class LaneBackend extends RedisQueueBackend {
  /** By the arguments of a transition that is about to be sent: what runs in one MULTI with it. */
  readonly #alongside = new WeakMap<object, Alongside>();

  constructor(
    private readonly rawClient: RedisClient,
    keys: LaneKeys,
    owner?: string,
  ) {
    const queueKeys = new QueueKeys(keys.prefix);
    super(
      wrap(rawClient),
      keys.bullQueue,
      queueKeys.getKeys(keys.bullQueue),
      (type) => queueKeys.toKey(keys.bullQueue, type),
      { connection: {}, prefix: keys.prefix, lockDuration: LOCK_DURATION, name: owner } as never,
      undefined,
      false,
    );
  }

  /** Claims the next due job under `token`, for the dispatcher `owner`. */
  async claim(token: string, owner: string): Promise<RawReply> {
    return toReply((await this.moveToActive(token, owner)) as unknown as NextJobReply);
  }

  /** Finishes a claimed job: with the JSON of its value, or as failed with a reason; sets `fields` in the same step. */
  async finish(
    id: string,
    token: string,
    end: { value: string } | { failedReason: string },
    fields: DroverFields & { stacktrace?: string },
    claimNext: boolean,
    alongside?: Alongside,
  ): Promise<RawReply> {
    const [target, property, text] =
      'value' in end
        ? (['completed', 'returnvalue', end.value] as const)
        : (['failed', 'failedReason', end.failedReason] as const);
    const job = { id, opts: { attempts: 0 } };
    const fieldsToSet = Object.keys(fields).length > 0 ? fields : undefined;
    const args = this.moveToFinishedArgs(
      job as never,
      text,
      property,
      false,
      target,
      token,
      Date.now(),
      claimNext,
      fieldsToSet,
    );
    if (alongside) this.#alongside.set(args, alongside);
    return toReply((await this.moveToFinished(id, args)) as unknown as NextJobReply);
  }

  /** BullMQ makes the arguments of these transitions itself, from options that it hands through: `alongside` is one of them. */
  override moveToDelayedArgs(...args: Parameters<RedisQueueBackend['moveToDelayedArgs']>) {
    return this.#noteAlongside(super.moveToDelayedArgs(...args), args[4]);
  }

  override retryJobArgs(...args: Parameters<RedisQueueBackend['retryJobArgs']>) {
    return this.#noteAlongside(super.retryJobArgs(...args), args[3]);
  }

  override moveToWaitingChildrenArgs(...args: Parameters<RedisQueueBackend['moveToWaitingChildrenArgs']>) {
    return this.#noteAlongside(super.moveToWaitingChildrenArgs(...args), args[2]);
  }

  #noteAlongside<A extends object>(args: A, options: object = {}): A {
    const { alongside } = options as { alongside?: Alongside };
    if (alongside) this.#alongside.set(args, alongside);
    return args;
  }

  /**
   * BullMQ's parsed job drops the fields that it does not know. Here they are taken from the raw reply and travel in the
   * place of the job's id, which BullMQ hands through as it is.
   */
  override execCommand(client: never, commandName: string, args: never): unknown {
    const alongside = this.#alongside.get(args);
    const reply: unknown = alongside
      ? runTogether(this.rawClient, { command: `${commandName}:${this.version}`, args }, alongside)
      : super.execCommand(client, commandName, args);
    const bringsJob = commandName === 'moveToActive' || commandName === 'moveToFinished';
    // On a pipeline the command is queued only, and the reply is the pipeline itself.
    if (!isPromise(reply)) return reply;
    return bringsJob ? reply.then(keepAllFields, throwDiscreetly) : reply.catch(throwDiscreetly);
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null)?.then === 'function';
}

function keepAllFields(raw: unknown): unknown {
  if (!Array.isArray(raw) || !Array.isArray(raw[0])) return raw;
  const [flat, id, limit, delayUntil] = raw as [string[], string, number, number];
  const claim: RawClaim = { id, fields: toFields(flat) };
  return [null, claim, limit, delayUntil];
}

function toReply(reply: NextJobReply): RawReply {
  const claim = typeof reply[1] === 'object' ? reply[1] : undefined;
  return { ...(claim && { claim }), delayUntil: Math.max(Number(reply[3] ?? 0), 0) };
}
