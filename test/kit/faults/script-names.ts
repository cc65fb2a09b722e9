// The names of scripts by their hash: Drover's and BullMQ's, so that a test can say which one a fault is for.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../paths.js';

interface Script {
  name: string;
  lua?: string;
  content?: string;
}

const SOURCES = [
  'packages/core/dist/store/bullmq/scripts.generated.js',
  'node_modules/bullmq/dist/cjs/scripts/index.js',
];

let known: Promise<ReadonlyMap<string, string>> | undefined;

/** Hash → name. Neither package gives its scripts to others, so they are read where they are built. */
export function scriptNames(): Promise<ReadonlyMap<string, string>> {
  return (known ??= readNames());
}

export function shaOf(lua: string | Buffer): string {
  return createHash('sha1').update(lua).digest('hex');
}

async function readNames(): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const source of SOURCES) {
    const module = (await import(pathToFileURL(join(root, source)).href)) as Record<string, unknown>;
    const scripts = Object.values(module.scripts ?? module) as Script[];
    for (const { name, lua, content } of scripts) {
      const text = lua ?? content;
      if (typeof text === 'string') names.set(shaOf(text), name);
    }
  }
  return names;
}
