// Makes text of jobs safe for a terminal: names and values may come from anybody.

/** Characters that move the cursor, hide text, turn its direction, or are no characters at all. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu;
/** JSON.stringify escapes C0 control characters and half surrogates by itself. */
const UNSEEN_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Co}\u2028\u2029]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text on one line, with such characters as escapes: '\x1b[31m' loses its effect. */
export function clean(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/** JSON of a value, of ASCII where a terminal could take it for a command. */
export function cleanJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, undefined, indent) as string | undefined;
  return (json ?? 'null').replace(UNSEEN_IN_JSON, (found) =>
    Array.from({ length: found.length }, (_, i) => unit(found.charCodeAt(i))).join(''),
  );
}

/**
 * Leaves out the user and the password of each URL in a text (B2). A password may hold any
 * character: all up to the last @ goes.
 */
export function withoutSecrets(text: string): string {
  return text.replace(/(\w+:\/\/)\S*@/g, '$1…@');
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return SHORT[character] ?? `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? unit(code) : `\\u{${code.toString(16)}}`;
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
