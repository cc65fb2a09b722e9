// `drover put`: puts a job of any task, with arguments as JSON.
import type { Command } from 'commander';
import { Job, type PutOptions } from '@drover/core';
import { argument, tell, type Act } from '../command.js';
import { argumentsIn, jsonIn, numberIn } from '../values.js';

export function addPut(program: Command, act: Act): void {
  const command = program
    .command('put')
    .argument('<queue>')
    .argument('<task>', 'its name')
    .argument('[json]', 'the arguments: an array', '[]')
    .description('puts a job; options of its task that producers have are not known here')
    .option('--lane <lane>', 'a lane (default: main)')
    .option('--priority <number>', 'from 0, which is first')
    .option('--key <key>', 'its key in the queue')
    .option('--quota <name...>', 'quotas that it needs')
    .option('--meta <json>', 'small JSON that goes with it')
    .addHelpText('after', `\nExample:\n  drover put images images.resize '["a.png", 100]'`);
  act(command, async (session, args, options) => {
    const [, task, json = '[]'] = args;
    const given = argumentsIn(json);
    const { lane, priority, key, quota, meta } = options;
    const chosen = {
      ...(lane !== undefined && { lane }),
      ...(priority !== undefined && { priority: numberIn('--priority', priority, 0) }),
      ...(key !== undefined && { key }),
      ...(quota !== undefined && { quotas: quota }),
      ...(meta !== undefined && { meta: jsonIn('--meta', String(meta)) }),
    } as PutOptions;
    const queue = session.view.queue(argument(args, 0));
    const job = await queue.put(new Job<unknown, []>(String(task), given), chosen);
    const { id, wasThere } = job;
    if (session.isJson) session.screen.document({ id, wasThere });
    else if (wasThere) tell(session, {}, `Job ${id} has that key: nothing was put.`);
    else session.screen.line(id);
  });
}
