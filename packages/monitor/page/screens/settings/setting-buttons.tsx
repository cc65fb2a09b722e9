// The buttons of one setting, and the questions that quotas, rate limits and schedules share.
import { actions, type Setting } from '../../api/actions.js';
import { act, ApiError } from '../../api/client.js';
import { ActionButton } from '../../parts/action-button.js';
import type { Field, Question, Values } from '../../parts/ask.js';

export const ONE = { quotas: 'quota', 'rate-limits': 'rate limit', schedules: 'schedule' } as const;

/** A setting of a queue, or a new one. */
export interface SettingOf {
  setting: Setting;
  queue: string;
  /** Undefined: it is new. */
  name?: string | undefined;
  after: () => void;
}

export type NamedSetting = SettingOf & { name: string };

/** @param toBody the values as the API takes them. @throws ApiError for a bad one */
export function setQuestion(
  { setting, queue, name, after }: SettingOf,
  says: string,
  fields: readonly Field[],
  toBody: (values: Values) => Record<string, unknown>,
): Question {
  const isNew = name === undefined;
  const nameField: Field = { name: 'name', label: 'Name', isRequired: true };
  return {
    title: isNew ? `New ${ONE[setting]} of ${queue}` : `Change ${ONE[setting]} ${name}`,
    says,
    verb: isNew ? 'Make' : 'Change',
    fields: [isNew ? nameField : { ...nameField, value: name, isFixed: true }, ...fields],
    act: async (values) =>
      await act(actions.set(setting, queue, { name: values['name'], ...toBody(values) })),
    after,
  };
}

export function RemoveButton({ of, says }: { of: NamedSetting; says: string }) {
  const { setting, queue, name, after } = of;
  const question = (): Question => ({
    title: `Remove ${ONE[setting]} ${name}`,
    says,
    verb: 'Remove',
    isDangerous: true,
    act: () => act(actions.remove(setting, queue, name)),
    after,
  });
  return (
    <ActionButton isDangerous label={`Remove ${ONE[setting]} ${name}`} question={question}>
      Remove
    </ActionButton>
  );
}

/** @throws ApiError */
export function wholeNumber(what: string, text: string | undefined): number {
  const number = Number(text);
  if (text !== undefined && text.trim() !== '' && Number.isInteger(number)) return number;
  throw new ApiError(400, 'BAD_INPUT', `${what} must be a whole number.`);
}

/** The field of a new quota or limit. */
export function keyedField(says: string): Field {
  return { name: 'keyed', label: 'With keys', kind: 'checkbox', hint: says };
}

export function keyedIn({ keyed }: Values): { keyed?: true } {
  return keyed === 'yes' ? { keyed: true } : {};
}
