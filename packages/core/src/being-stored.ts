// The jobs whose arguments are being stored, each among those of the one before.
const storing: object[] = [];

export function whileStored<T>(job: object, store: () => T): T {
  storing.push(job);
  try {
    return store();
  } finally {
    storing.pop();
  }
}

/** The job whose arguments are being stored at this moment. */
export function jobBeingStored(): object | undefined {
  return storing.at(-1);
}
