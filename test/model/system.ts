// The real thing, step by step: dispatchers that do only what a command tells them, on a real
// Redis, with the worker's own functions.
import { SYSTEM_LANE, type ClaimReply } from '@drover/core/internal';
import {
  claimOverdue,
  DispatcherStore,
  LaneKeys,
  RedisLane,
  RedisRecovery,
  refusalCode,
  RefusalCode,
} from '../kit/store.js';
import { pino } from 'pino';
import { newUuid, type TestContext } from '../kit/context.js';
import { Activation, newRun, type Run } from '../../packages/worker/src/activation/activation.js';
import { reconcile } from '../../packages/worker/src/recovery/reconcile.js';
import { endCancelled } from '../../packages/worker/src/system-tasks/end-cancelled.js';
import { handleInterrupt } from '../../packages/worker/src/system-tasks/handle-interrupt.js';
import { interruptAll } from '../../packages/worker/src/recovery/interrupt-all.js';
import type { RecoveryDeps } from '../../packages/worker/src/recovery/recovery-deps.js';
import { LATER } from './clock.js';
import { Model } from './model.js';
import { LOST, writesOf } from './zombie-writes.js';

/** No dispatcher dies by its lease here: the model declares deaths. */
export const NEVER = 1e12;

export interface Player {
  uuid: string;
  /** Undefined while its process is dead. */
  activation: Activation | undefined;
  runs: Run[];
  starts: number;
}

export class System {
  readonly model = new Model();
  readonly players: Player[];
  /** Runs of activations that have ended: their code goes on. */
  readonly zombies: Run[] = [];
  readonly records: DispatcherStore;
  readonly #stores = new Map<string, RedisLane>();

  constructor(
    readonly context: TestContext,
    readonly queue: string,
  ) {
    this.records = new DispatcherStore(context.redis, context.prefix);
    this.players = [0, 1].map(() => ({
      uuid: newUuid(),
      activation: undefined,
      runs: [],
      starts: 0,
    }));
  }

  async start(): Promise<void> {
    for (const player of this.players) await this.activate(player);
  }

  /** `lost`: the reply is, so that nobody knows of the claim. */
  async claim(player: Player, lost: boolean): Promise<void> {
    const { activation } = player;
    if (!activation) return;
    const token = activation.newToken();
    const { job } = await this.lane('main').claim(token);
    if (job) this.model.claim(job.id, token);
    else
      expect([...this.model.jobs.values()].filter((one) => this.model.isClaimable(one))).toEqual(
        [],
      );
    this.#begin(player, activation, token, lost ? undefined : job);
  }

  /** The next job that has not begun in time is claimed, to be ended. */
  async claimOverdue(player: Player): Promise<void> {
    const { activation, uuid: owner } = player;
    if (!activation) return;
    const token = activation.newToken();
    const { redis, prefix } = this.context;
    const reply = await claimOverdue(redis, prefix, this.queue, { token, owner, now: Date.now() });
    const job = 'job' in reply ? reply.job : undefined;
    if (job) this.model.claimOverdue(job.id, token);
    this.#begin(player, activation, token, job);
  }

  crash(player: Player): void {
    this.#lose(player);
    player.activation = undefined;
  }

  /**
   * A process starts where there is none; one that lives pings, and activates again where it was
   * deposed.
   */
  async ping(player: Player): Promise<void> {
    const { activation } = player;
    if (!activation) return await this.activate(player);
    const isDeposed = 'deposed' in (await this.records.ping(player.uuid, activation.epoch));
    const record = this.model.dispatchers.get(player.uuid);
    expect(isDeposed).toBe(record?.status !== 'active' || record.epoch !== activation.epoch);
    if (!isDeposed) return;
    this.#lose(player);
    await this.activate(player);
  }

  async activate(player: Player): Promise<void> {
    const { uuid } = player;
    const before = this.model.dispatchers.get(uuid)?.epoch ?? 0;
    const identity = {
      host: 'model',
      hostIdentity: 'model',
      pid: 1,
      processIdentity: String(++player.starts),
      thread: 0,
      threadIdentity: '',
      moduleIdentity: '',
    };
    const reply = await this.records.activate(uuid, identity, NEVER, [this.queue], before);
    if ('elsewhere' in reply) throw new Error('it is active elsewhere');
    expect(reply.epoch).toBe(before + 1);
    this.model.dispatchers.set(uuid, { epoch: reply.epoch, status: 'active' });
    player.activation = new Activation(uuid, reply.epoch);
    await interruptAll(this.place, { uuid, maxEpoch: before, queues: [this.queue] });
    this.model.interruptAll(uuid, before);
  }

  async audit({ activation, uuid }: Player): Promise<void> {
    if (!activation) return;
    await reconcile(this.place, activation, [this.queue]);
    this.model.audit(uuid, activation.epoch, (token) => activation.isInUse(token));
  }

  /**
   * Runs the next handleInterrupt job; `diesAfter`: its process dies before that job has ended, so
   * that it runs a second time.
   */
  async handle(player: Player, diesAfter: boolean): Promise<void> {
    const { activation } = player;
    if (!activation) return;
    const token = activation.newToken();
    const system = this.lane(SYSTEM_LANE);
    const { job } = await system.claim(token);
    if (job) {
      const place = {
        activation,
        laneStore: this.#laneStore,
        logger,
        onFailed: () => {},
        onDecided: () => {},
      };
      await (job.task === 'drover.cancel' ? endCancelled : handleInterrupt)(job, place);
      if (diesAfter) await system.putBack(job);
      else await system.complete(job, '"handled"', activation);
      const decided = this.model.interrupts.get(job.id);
      this.model.handle(job.id, `${activation.uuid}:${activation.epoch}`, (policy) =>
        policy === 'later' ? LATER : 0,
      );
      if (diesAfter && decided) this.model.interrupts.set(job.id, decided);
    } else expect(this.model.interrupts.size).toBe(0);
    activation.retire(token);
  }

  /** Runs that have lost their jobs. */
  get lost(): readonly Run[] {
    const runs = [...this.zombies, ...this.players.flatMap(({ runs }) => runs)];
    return runs.filter(({ claim }) => this.model.job(claim.id).holder !== claim.token);
  }

  /** A run that has lost its job writes all the same: it is refused as one that has no claim. */
  async zombieWrite(pick: number, name: string): Promise<boolean> {
    const { lost } = this;
    const run = lost[pick % Math.max(1, lost.length)];
    if (!run) return false;
    const writes = writesOf(this.context.redis, this.lane('main'), run.claim);
    const refusalOf = async (write: string) =>
      refusalCode(await writes[write]?.().catch((thrown: unknown) => thrown)) ?? 'accepted';
    let refused = await refusalOf(name);
    // BullMQ looks for what stands below a job before it looks at the lock: the run goes on to wait
    // for that, and is refused then.
    if (refused === RefusalCode.PENDING_CHILDREN) refused = await refusalOf('suspend');
    expect(LOST).toContain(refused);
    return true;
  }

  /** Redis says of each job what the model says. */
  async check(): Promise<void> {
    const main = this.lane('main');
    const same = [...this.model.jobs.values()].map(
      async ({ id, status, holder, interruptions }) => {
        const [stored, lock, owner] = await Promise.all([
          main.read(id),
          main.holder(id),
          main.waitingOwner(id),
        ]);
        const seen = {
          id,
          isCompleted: stored?.state === 'finished',
          holder: status === 'waiting' ? owner : lock,
          interruptions: stored?.interruptions,
        };
        expect(seen).toEqual({ id, isCompleted: status === 'completed', holder, interruptions });
      },
    );
    await Promise.all(same);
  }

  readonly #laneStore = (queue: string, lane: string): RedisLane => {
    const store = this.#stores.get(lane) ?? this.newStore(queue, lane);
    this.#stores.set(lane, store);
    return store;
  };

  newStore(queue: string, lane: string): RedisLane {
    return new RedisLane(
      this.context.redis,
      new LaneKeys(this.context.prefix, queue, lane),
      newUuid(),
    );
  }

  lane(lane: string): RedisLane {
    return this.#laneStore(this.queue, lane);
  }

  get place(): RecoveryDeps {
    const { redis: client, prefix } = this.context;
    const onDeadLetter: RecoveryDeps['onDeadLetter'] = ({ id }) =>
      fail(new Error(`${id} is a dead letter`));
    const onRestored: RecoveryDeps['onRestored'] = ({ id }) =>
      fail(new Error(`${id} had been lost`));
    return {
      store: new RedisRecovery(client, prefix, newUuid()),
      activations: new DispatcherStore(client, prefix),
      ownLanes: () => [],
      onInterrupted: () => {},
      onDeadLetter,
      onRestored,
      onError: fail,
    };
  }

  #begin(player: Player, activation: Activation, token: string, job: ClaimReply['job']): void {
    if (!job) return activation.retire(token);
    const run = newRun(job, this.queue, 'main', () => {});
    activation.begin(run);
    player.runs.push(run);
  }

  #lose(player: Player): void {
    player.activation?.abandon();
    this.zombies.push(...player.runs.splice(0));
  }
}

const logger = pino({ level: 'silent' });

function fail(error: Error): never {
  throw error;
}
