// Which script a line of Redis's slow log is about: Redis tells its hash, or how its text begins.
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Redis cuts the arguments in its slow log off here, and says how much more there was. */
const KEPT = 90;

export interface ScriptNames {
  /** The command of a line of the slow log, with its script's name. */
  of(command: readonly string[]): string;
}

/** Knows Drover's scripts and BullMQ's. */
export async function scriptNames(): Promise<ScriptNames> {
  const scripts = [...(await droverScripts()), ...(await bullMqScripts())];
  const byHash = new Map(scripts.map(({ name, lua }) => [createHash('sha1').update(lua).digest('hex'), name]));
  return {
    of([command = '', script = '']) {
      const name = command.toLowerCase();
      if (name === 'evalsha') return byHash.get(script) ?? `evalsha ${script.slice(0, 8)}`;
      if (name !== 'eval' && name !== 'script') return name;
      return scripts.find(({ lua }) => lua.startsWith(script.slice(0, KEPT)))?.name ?? name;
    },
  };
}

interface Script {
  name: string;
  lua: string;
}

async function droverScripts(): Promise<Script[]> {
  const file = new URL('./store/bullmq/scripts.generated.js', import.meta.resolve('@drover/core'));
  const { scripts } = (await import(file.href)) as { scripts: Record<string, Script> };
  return Object.values(scripts);
}

async function bullMqScripts(): Promise<Script[]> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('bullmq/package.json')), 'dist/esm/scripts');
  const files = readdirSync(folder).filter((file) => /-\d+\.js$/.test(file));
  const modules = files.map(
    (file) => import(pathToFileURL(join(folder, file)).href) as Promise<Record<string, unknown>>,
  );
  return (await Promise.all(modules)).flatMap(Object.values).filter(isBullMqScript).map(toScript);
}

function isBullMqScript(value: unknown): value is { name: string; content: string } {
  return typeof value === 'object' && value !== null && 'content' in value;
}

function toScript({ name, content }: { name: string; content: string }): Script {
  return { name: `BullMQ's ${name}`, lua: content };
}
