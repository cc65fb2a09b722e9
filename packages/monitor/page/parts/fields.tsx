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
  onChange: (values: Values) => void;
}

export function Fields({ of, values, onChange }: FieldsProps) {
  return (
    <>
      {of.map((field) => (
        <label key={field.name} class={field.kind === 'checkbox' ? 'field check' : 'field'}>
          <span class="field-name">{field.label}</span>
          <Input
            field={field}
            value={values[field.name] ?? ''}
            onChange={(value) => onChange({ ...values, [field.name]: value })}
          />
          {field.hint && <span class="hint">{field.hint}</span>}
        </label>
      ))}
    </>
  );
}

interface InputProps {
  field: Field;
  value: string;
  onChange: (value: string) => void;
}

function Input({ field, value, onChange }: InputProps) {
  const { name, kind = 'text', options = [], isRequired, isFixed } = field;
  const common = { name, required: isRequired === true, readOnly: isFixed === true };
  switch (kind) {
    case 'checkbox':
      return (
        <input
          type="checkbox"
          name={name}
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
