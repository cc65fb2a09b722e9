// A button that asks first. A monitor that only reads shows none.
import type { ComponentChildren } from 'preact';
import { mayAct } from '../api/about.js';
import { askFirst, type Question } from './ask.js';

interface ActionButtonProps {
  /** Made when it is pressed. */
  question: () => Question;
  isDangerous?: boolean;
  isDisabled?: boolean;
  /** Where the text alone does not say on what it acts. */
  label?: string;
  children: ComponentChildren;
}

export function ActionButton({
  question,
  isDangerous,
  isDisabled,
  label,
  children,
}: ActionButtonProps) {
  if (!mayAct()) return null;
  return (
    <button
      type="button"
      class={isDangerous ? 'danger' : undefined}
      disabled={isDisabled === true}
      aria-label={label}
      onClick={() => askFirst(question())}
    >
      {children}
    </button>
  );
}
