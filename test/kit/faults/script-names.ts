// The names of scripts by their hash: Drover's and BullMQ's, so that a test can say which one a
// fault is for.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../paths.js';

export interface Script {
  of: 'Drover' | 'BullMQ';
  name: string;
  text: string;
}

const SOURCES = [
  ['Drover', 'packages/core/dist/store/bullmq/scripts/scripts.generated.js'],
  ['BullMQ', 'node_modules/bullmq/dist/cjs/scripts/index.js'],
] as const;

let known: Promise<ReadonlyMap<string, string>> | undefined;

/** Hash → name. */
export function scriptNames(): Promise<ReadonlyMap<string, string>> {
  return (known ??= allScripts().then(
    (scripts) => new Map(scripts.map(({ name, text }) => [shaOf(text), name])),
  ));
}

export function shaOf(text: string | Buffer): string {
  return createHash('sha1').update(text).digest('hex');
}

/** Neither package gives its scripts to others, so they are read where they are built. */
export async function allScripts(): Promise<Script[]> {
  const found: Script[] = [];
  for (const [of, source] of SOURCES) {
    const module = (await import(pathToFileURL(join(root, source)).href)) as Record<
      string,
      unknown
    >;
    const scripts = Object.values(module.scripts ?? module) as {
      name: string;
      lua?: string;
      content?: string;
    }[];
    for (const { name, lua, content } of scripts) {
      const text = lua ?? content;
      if (typeof text === 'string') found.push({ of, name, text });
    }
  }
  return found;
}
