// Paths to a place in a value, as people write them: `args[1].map.get("k").onDone`.

/** A key, an index, or a text that is made only when an error needs it. */
export type Step = string | number | (() => string);

/** The name of the whole value, such as `args`, or a function that makes it. */
export type Root = string | (() => string);

const NAME = /^[A-Za-z_$][\w$]*$/;
const LONGEST = 200;

export function pathText(root: Root, steps: readonly Step[]): string {
  const path = (typeof root === 'string' ? root : root()) + steps.map(stepText).join('');
  return path.length > LONGEST ? `${path.slice(0, LONGEST)}…` : path;
}

function stepText(step: Step): string {
  if (typeof step === 'function') return step();
  if (typeof step === 'number') return `[${step}]`;
  return NAME.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
