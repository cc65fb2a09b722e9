// What an operator does with a queue as a whole: stop it and let it go on.
import { arePaused, pauseLanes, resumeLanes } from '../store/bullmq/operate/pause.js';
import { ReadableQueue } from './readable-queue.js';

export abstract class OperatedQueue extends ReadableQueue {
  /**
   * Pauses all lanes of the queue, also those that it gets later, until `resume`, from any process
   * (O2): no job begins. Runs that have begun go on, and their results are stored. A serial whose
   * steps are packed stops after the step that runs. Puts, cancels, removals and retries work, and
   * times go on (`beginBy`). Recovery goes on: interrupted jobs are decided, and wait for `resume`.
   * Inside a task it takes effect at once. A second call changes nothing.
   * @throws UnavailableError where Redis is away for too long
   */
  async pause(): Promise<void> {
    await this.openParts().store.use(pauseLanes);
  }

  /**
   * Lets all lanes of the queue go on, also where a BullMQ tool has paused them (O2). Without a
   * pause it changes nothing.
   * @throws UnavailableError where Redis is away for too long
   */
  async resume(): Promise<void> {
    await this.openParts().store.use(resumeLanes);
  }

  /**
   * Whether all lanes of the queue are paused, by `pause` or by a BullMQ tool. Recovery's lane
   * never is.
   * @throws UnavailableError where Redis is away for too long
   */
  async isPaused(): Promise<boolean> {
    return await this.openParts().store.use(arePaused);
  }
}
