// An event of a job, from the event stream of its lane.

export interface JobEvent {
  /** Such as 'completed' or 'failed'. */
  name: string;
  stream: string;
  /** All of its fields, as Redis replies: name, value, name, value … */
  fields: readonly string[];
}

/** The value of a field of an event; '' where there is none. */
export function valueOf(fields: readonly string[], field: string): string {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === field) return fields[i + 1] ?? '';
  return '';
}
