import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { defineTask, Queue, type Job } from '@drover/core';
import { Dispatcher } from '@drover/worker';
import { randomUUID } from 'crypto';
import pino from 'pino';

const double = defineTask('numbers.double', async (n: number) => 2 * n);
const prefix = process.env.DROVER_LOAD_PREFIX;

@Injectable()
export class NumbersService implements OnModuleInit, OnApplicationShutdown {
  private readonly queue = new Queue('nest', { prefix });
  private readonly dispatcher = new Dispatcher({
    prefix,
    uuid: randomUUID(),
    signals: false,
    logger: pino({ level: 'silent' }),
    queues: { nest: { main: { size: 1 } } },
  });

  async onModuleInit(): Promise<void> {
    await this.dispatcher.activate();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queue.close();
    await this.dispatcher.deactivate();
  }

  async double(n: number): Promise<Job<number>> {
    return await this.queue.put(double.job(n));
  }
}
