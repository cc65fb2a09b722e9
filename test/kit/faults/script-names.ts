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

const DROVER = 'packages/core/dist/store/bullmq/scripts';
const BULLMQ = 'node_modules/bullmq/dist/cjs/scripts/index.js';

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
  const read = async (file: string) =>
    (await import(pathToFileURL(join(root, file)).href)) as never;
  const generated: {
    scripts: Record<string, { bullmq: string[]; parts: number[] }>;
    parts: string[];
  } = await read(`${DROVER}/scripts.generated.js`);
  const { asLuaFunction }: { asLuaFunction: (name: string) => string } = await read(
    `${DROVER}/bullmq-scripts.js`,
  );
  const ours = Object.entries(generated.scripts).map(([name, { bullmq, parts }]): Script => {
    const own = parts.map((part) => generated.parts[part]);
    return { of: 'Drover', name, text: [...bullmq.map(asLuaFunction), ...own].join('') };
  });
  const theirs: { name: string; content?: string }[] = Object.values(await read(BULLMQ));
  return [
    ...ours,
    ...theirs.flatMap(({ name, content }): Script[] =>
      content === undefined ? [] : [{ of: 'BullMQ', name, text: content }],
    ),
  ];
}
