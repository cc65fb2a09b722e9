// Where something stands in a value, as people write it: `args[1].map.get("k").onDone`.

/** A key, an index, or a text that is made when it is asked for. */
export type Step = string | number | (() => string);

/** What a value is called, such as `args`. A function where it is seldom asked for. */
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
