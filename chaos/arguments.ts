// Arguments as they are written down and compared: of a job its id.
import { Job } from '@drover/core';

/** @param args those that were bound when the job was made */
export function argsShown(args: readonly unknown[]): string {
  return JSON.stringify(args.map(plain));
}

function plain(value: unknown): unknown {
  if (value instanceof Job) return `job ${value.id}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}
