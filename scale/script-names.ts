// Which script a line of Redis's slow log is about: Redis tells its hash, or how its text begins.
import { allScripts, shaOf } from '#kit/faults/script-names';

/** Redis cuts the arguments in its slow log off here, and says how much more there was. */
const KEPT = 90;

export interface ScriptNames {
  /** The command of a line of the slow log, with its script's name. */
  of(command: readonly string[]): string;
}

/** Knows Drover's scripts and BullMQ's. */
export async function scriptNames(): Promise<ScriptNames> {
  const scripts = (await allScripts()).map(({ of, name, text }) => ({
    name: of === 'BullMQ' ? `BullMQ's ${name}` : name,
    text,
  }));
  const byHash = new Map(scripts.map(({ name, text }) => [shaOf(text), name]));
  return {
    of([command = '', script = '']) {
      const name = command.toLowerCase();
      if (name === 'evalsha') return byHash.get(script) ?? `evalsha ${script.slice(0, 8)}`;
      if (name !== 'eval' && name !== 'script') return name;
      const whole = byHash.get(shaOf(script));
      if (whole !== undefined) return whole;
      const [found, ...more] = scripts.filter(({ text }) => text.startsWith(script.slice(0, KEPT)));
      return found && more.length === 0 ? found.name : name;
    },
  };
}
