// One run of the demo: the work, the workers, the disturbances, and then the verdict.
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, TimeoutError } from '@drover/core';
import { Crew } from './crew.js';
import { Disturber, PATIENCE } from './disturber.js';
import { History } from './history.js';
import { Narrator } from './narrator.js';
import type { Options } from './options.js';
import { removeKeys } from './redis.js';
import { printReport } from './report.js';
import type { Screen } from './screen.js';
import { indexDirectory, QUEUE } from './tasks.js';
import { computeDirectly, type TextIndex } from './text-index.js';
import { judge } from './verdict.js';

export const WORKERS = 3;
/** Longer than the work ever takes. */
const TIMEOUT = 60_000;

export class Demo {
  readonly prefix = `{drover-demo-${randomBytes(4).toString('hex')}}`;
  readonly #queue = new Queue(QUEUE, { prefix: this.prefix });
  readonly #history = new History();
  #folder = '';
  /** Events after the end are not shown. */
  #isTold = false;
  #crew: Crew | undefined;
  #accident: (error: Error) => void = () => {};

  constructor(
    private readonly options: Options,
    private readonly files: readonly string[],
    private readonly batches: number,
    private readonly screen: Screen,
  ) {}

  /** Runs the demo. Resolves to whether all went well. */
  async run(): Promise<boolean> {
    const { out } = this.options;
    this.#folder = out ?? (await mkdtemp(join(tmpdir(), 'drover-demo-')));
    await mkdir(this.#folder, { recursive: true });
    const path = join(this.#folder, 'index.json');
    const accident = new Promise<never>((_, reject) => (this.#accident = reject));
    return await this.#conclude(path, await Promise.race([this.#work(path), accident]));
  }

  /** Ends the demo, also in the middle. `ok`: the workers' logs need not be kept. */
  async end(ok: boolean): Promise<void> {
    this.#isTold = true;
    if (ok) await this.#crew?.end();
    this.kill();
    await Promise.all((this.#crew?.workers ?? []).map(({ ended }) => ended));
    await this.#queue.close();
    await removeKeys(this.prefix).catch((error: Error) =>
      this.screen.line(`keys ${this.prefix}* remain: ${error.message}`),
    );
    if (this.options.out !== undefined || this.#folder === '') return;
    if (ok) await rm(this.#folder, { recursive: true, force: true });
    else this.screen.line(`the workers' logs are in ${this.#folder}`);
  }

  /** Kills the workers at once, for the end of this process. */
  kill(): void {
    this.#crew?.kill();
  }

  /** Does the work; resolves to the ms that it took. */
  async #work(path: string): Promise<number> {
    const { source, pace } = this.options;
    const disturber = await this.#startCrew();
    const start = performance.now();
    const job = await this.#queue.put(indexDirectory(source, pace, path));
    const finish = async () => {
      await job.wait({ timeout: TIMEOUT }).catch((error: Error) => {
        throw error instanceof TimeoutError
          ? new Error(`the work has not ended after ${TIMEOUT / 1_000} s`)
          : error;
      });
      this.#history.end();
      return performance.now() - start;
    };
    const [milliseconds] = await Promise.all([finish(), disturber.run()]);
    return milliseconds;
  }

  async #startCrew(): Promise<Disturber> {
    const { screen, batches } = this;
    const history = this.#history;
    const crew = new Crew(WORKERS, {
      prefix: this.prefix,
      folder: this.#folder,
      onNews: (worker, news) => {
        disturber.hear(worker, news);
        history.record(worker, news);
        if (this.#isTold) return;
        narrator.tell(worker, news);
        this.#showProgress();
      },
      onAccident: (worker, how) =>
        this.#accident(new Error(`${worker.name} ended by itself (${how})`)),
    });
    const narrator = new Narrator({ screen, crew, history, queue: this.#queue });
    const say = (kind: string, text: string) => screen.event(kind, text, 'bold');
    const disturber = new Disturber({ crew, history, batches, pace: this.options.pace, say });
    this.#crew = crew;
    // One by one: three at once on few processors may be so slow that they are declared dead.
    for (const worker of crew.workers) {
      crew.start(worker);
      const isActive = await history.until(() => disturber.hasSaid(worker, 'activated'), PATIENCE);
      if (!isActive)
        throw new Error(
          `${worker.name} is not active after ${PATIENCE / 1_000} s: is Redis there?`,
        );
    }
    return disturber;
  }

  #showProgress(): void {
    const { batchesDone, batchesRunning, interrupted, refusals } = this.#history;
    const more = `${batchesRunning} running · ${interrupted} interrupted · ${refusals} refused`;
    this.screen.progress(batchesDone, this.batches, more);
  }

  async #conclude(path: string, milliseconds: number): Promise<boolean> {
    const { files, batches, screen } = this;
    const history = this.#history;
    this.#isTold = true;
    screen.endProgress();
    const found = JSON.parse(await readFile(path, 'utf8')) as TextIndex;
    const start = performance.now();
    const expected = await computeDirectly(this.options.source.directory, files);
    const direct = performance.now() - start;
    const checks = await judge({ queue: this.#queue, history, batches, found, expected });
    printReport(screen, { index: found, history, batches, milliseconds, direct, checks });
    if (this.options.out !== undefined) screen.line(`The index is in ${path}`);
    return checks.every(({ ok }) => ok);
  }
}
