// A violation that the checker finds.

export interface Violation {
  /** The number of the rule that is broken, or what else is wrong. */
  rule: string;
  job?: string;
  what: string;
}
