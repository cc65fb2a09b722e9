// BullMQ's own Redis backend for one lane, bent in three places: its replies keep all fields of a job, a finish may set fields, and
// a transition may stand in one MULTI with scripts of Drover's.
import { QueueKeys, RedisConnection, RedisQueueBackend } from './bullmq.js';
import type { RedisClient } from '../../connection.js';
import { throwDiscreetly } from '../../discreet.js';
import { runTogether, type Alongside } from './alongside.js';
import { CompleteArgs } from './complete-args.js';
import { toFields, type DroverFields, type JobFields } from './fields.js';
import type { LaneKeys } from './keys.js';

/** A job as a claim brings it. */
export interface RawClaim {
  id: string;
  fields: JobFields;
}

/** What BullMQ makes of the reply to a claim: `[_, job, msUntilRateLimitEnds, delayUntil]`. */
type NextJobReply = [unknown?, (RawClaim | string | number)?, number?, number?];

/** The next job, as claims and finishes give it. */
export interface RawReply {
  claim: RawClaim | undefined;
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
  readonly #completeArgs: CompleteArgs;
  #bullClient: Awaited<RedisQueueBackend['client']> | undefined;
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
    this.#completeArgs = new CompleteArgs((id, token) => this.#finishArgs(id, token, { value: '' }, false), keys);
  }

  /** Claims the next due job under `token`, for the dispatcher `owner`. */
  async claim(token: string, owner: string): Promise<RawReply> {
    const [, claim, , delayUntil] = (await this.moveToActive(token, owner)) as unknown as NextJobReply;
    return { claim: typeof claim === 'object' ? claim : undefined, delayUntil: toDelayUntil(delayUntil) };
  }

  /** Finishes a claimed job: with the JSON of its value, or as failed with a reason; sets `fields` in the same step. */
  finish(
    id: string,
    token: string,
    end: { value: string } | { failedReason: string },
    fields: DroverFields & { stacktrace?: string },
    claimNext: boolean,
    alongside?: Alongside,
  ): Promise<RawReply> {
    const isPlain = 'value' in end && Object.keys(fields).length === 0;
    const args = isPlain
      ? this.#completeArgs.of(token, { id, value: end.value, claimNext })
      : this.#finishArgs(id, token, end, claimNext, fields);
    return this.#sendFinish(id, args, alongside);
  }

  #finishArgs(
    id: string,
    token: string,
    end: { value: string } | { failedReason: string },
    claimNext: boolean,
    fields?: DroverFields & { stacktrace?: string },
  ): unknown[] {
    const [target, property, text] =
      'value' in end
        ? (['completed', 'returnvalue', end.value] as const)
        : (['failed', 'failedReason', end.failedReason] as const);
    const job = { id, opts: { attempts: 0 } } as never;
    const fieldsToSet = fields && Object.keys(fields).length > 0 ? fields : undefined;
    return this.moveToFinishedArgs(job, text, property, false, target, token, Date.now(), claimNext, fieldsToSet);
  }

  /** What BullMQ's own `moveToFinished` does, without what a finish that is sent for each job can do without. */
  async #sendFinish(id: string, args: unknown[], alongside: Alongside | undefined): Promise<RawReply> {
    // BullMQ's client is there once its scripts are known.
    this.#bullClient ??= await this.client;
    let reply: unknown;
    try {
      reply = await (alongside
        ? runTogether(this.rawClient, { command: `moveToFinished:${this.version}`, args }, alongside)
        : super.execCommand(this.#bullClient, 'moveToFinished', args));
    } catch (error) {
      throwDiscreetly(error as Error);
    }
    if (typeof reply === 'number' && reply < 0) {
      throw this.finishedErrors({ code: reply, jobId: id, command: 'moveToFinished', state: 'active' });
    }
    return toReply(reply);
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
    // On a pipeline the command is queued only, and the reply is the pipeline itself.
    if (!isPromise(reply)) return reply;
    return commandName === 'moveToActive' ? reply.then(keepAllFields, throwDiscreetly) : reply.catch(throwDiscreetly);
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null)?.then === 'function';
}

function keepAllFields(raw: unknown): unknown {
  const { claim, delayUntil } = toReply(raw);
  return claim ? [null, claim, 0, delayUntil] : raw;
}

/** The raw reply of a claim, or of a finish that may claim the next job: a number where that found none and was not asked to look. */
function toReply(raw: unknown): RawReply {
  if (!Array.isArray(raw)) return { claim: undefined, delayUntil: 0 };
  const [flat, id, , delayUntil] = raw as [string[] | 0, string, number, number];
  return {
    claim: Array.isArray(flat) ? { id, fields: toFields(flat) } : undefined,
    delayUntil: toDelayUntil(delayUntil),
  };
}

function toDelayUntil(delayUntil: unknown): number {
  return Math.max(Number(delayUntil ?? 0), 0);
}
