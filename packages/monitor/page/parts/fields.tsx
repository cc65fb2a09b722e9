// The fields of a question.
import type { Field, Values } from './ask.js';

/** The values that the fields begin with. */
export function valuesOf(fields: readonly Field[]): Values {
  return Object.fromEntries(
    fields.map(({ name, value, options }) => [name, value ?? options?.[0] ?? '']),
  );
}

interface FieldsProps {
  of: readonly Field[];
  values: Values;
  /** Gets what the change makes of the values. */
  onChange: (change: (before: Values) => Values) => void;
}

export function Fields({ of, values, onChange }: FieldsProps) {
  return (
    <>
      {of.map((field) => (
        <div key={field.name}>
          <label class={field.kind === 'checkbox' ? 'field check' : 'field'}>
            <span class="field-name">{field.label}</span>
            <Input
              field={field}
              value={values[field.name] ?? ''}
              onChange={(value) => onChange((before) => ({ ...before, [field.name]: value }))}
            />
          </label>
          {field.hint && (
            <span class="hint" id={hintOf(field)}>
              {field.hint}
            </span>
          )}
        </div>
      ))}
    </>
  );
}

/** It describes the input, and is no part of its name. */
function hintOf({ name, hint }: Field): string | undefined {
  return hint && `hint-${name}`;
}

interface InputProps {
  field: Field;
  value: string;
  onChange: (value: string) => void;
}

function Input({ field, value, onChange }: InputProps) {
  const { name, kind = 'text', options = [], isRequired, isFixed } = field;
  const common = {
    name,
    required: isRequired === true,
    readOnly: isFixed === true,
    'aria-describedby': hintOf(field),
  };
  switch (kind) {
    case 'checkbox':
      return (
        <input
          type="checkbox"
          name={name}
          aria-describedby={hintOf(field)}
          checked={value === 'yes'}
          onChange={(event) => onChange(event.currentTarget.checked ? 'yes' : '')}
        />
      );
    case 'select':
      return (
        <select name={name} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      );
    case 'json':
      return (
        <textarea
          {...common}
          rows={3}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'number':
      return (
        <input
          {...common}
          type="number"
          min={0}
          step={1}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'text':
      return (
        <input
          {...common}
          type="text"
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}
