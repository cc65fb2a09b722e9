// The jobs whose arguments are being stored, each among those of the one before: none of them can be among its own.
const storing: object[] = [];

export function whileStored<T>(job: object, store: () => T): T {
  storing.push(job);
  try {
    return store();
  } finally {
    storing.pop();
  }
}

/** 'directly': its own arguments are at hand; 'around': those of a job among them. */
export function isBeingStored(job: object): 'directly' | 'around' | false {
  if (storing.at(-1) === job) return 'directly';
  return storing.includes(job) && 'around';
}
