// `npm run scale`: how Drover behaves in great numbers; tables of figures, and whether each target
// holds.
import { environment } from '#bench/environment.js';
import { BenchRedis } from '#bench/redis.js';
import { startRedis } from '#kit/redis-server';
import { Redis } from 'ioredis';
import { writeFileSync } from 'node:fs';
import { parseOptions, usage, UsageError, type Options } from './options.js';
import { report } from './report.js';
import type { Result, Scenario } from './scenarios/scenario.js';

/** The figures that are written as JSON. */
interface Figures {
  scenario: string;
  seconds: number;
  sizes: Record<string, readonly number[]>;
  result: Result;
}

async function main({ chosen, sizes, quick, json }: Options): Promise<void> {
  const figures: Figures[] = [];
  for (const scenario of chosen) {
    const own = Object.entries(scenario.sizes).map(([name, size]) => {
      return [name, sizes[name] ?? (quick ? size.quick : size.full)] as const;
    });
    figures.push(await measure(scenario, Object.fromEntries(own)));
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
}

async function measure(scenario: Scenario, sizes: Figures['sizes']): Promise<Figures> {
  const server = await startRedis();
  const redis = new BenchRedis(server.url);
  const client = new Redis(server.url);
  const startedAt = performance.now();
  try {
    const { node, redis: version, bullmq, cores, cpu } = await environment(redis);
    const described = Object.entries(sizes).map(
      ([name, numbers]) => `${name} ${numbers.join(', ')}`,
    );
    console.log(`${scenario.name}: ${scenario.about}\n${described.join('; ')}`);
    console.log(`Node ${node}, Redis ${version}, BullMQ ${bullmq}, ${cores} cores of ${cpu}\n`);
    const result = await scenario.measure({
      url: server.url,
      redis,
      client,
      prefix: '{scale}',
      sizes: (name) => sizes[name] ?? [],
      size: (name) => sizes[name]?.[0] ?? NaN,
      tell: (line) => console.error(`… ${line}`),
    });
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    console.log(`${report(result)}\n\n${seconds} s\n`);
    return { scenario: scenario.name, seconds, sizes, result };
  } finally {
    client.disconnect();
    await redis.close().catch(() => {});
    await server.stop();
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage());
  else await main(options);
  process.exit(0);
} catch (error) {
  console.error(error instanceof UsageError ? `scale: ${error.message}` : error);
  // A failure may have left connections that would keep the process alive.
  process.exit(1);
}
