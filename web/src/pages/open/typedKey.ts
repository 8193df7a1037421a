/** What a person types as their key: the 24 words of a sheet, or the 64 signs of an older one. */

/** Words as a program reads them, or hex digits. */
export type TypedKey = { words: string } | { digits: string };

/** Numbers of words, as sheets have them, are left out. */
export function readTyped(text: string): TypedKey {
  const parts = text
    .replace(/(^|\s)\d{1,2}[.):]\s*/gu, " ")
    .trim()
    .split(/\s+/u);
  const words = parts.filter((part) => /^[a-z]{3,8}$/iu.test(part));
  const isWords = words.length > parts.length / 2 && /[g-z]/iu.test(words.join(""));
  return isWords ? { words: parts.join(" ") } : { digits: text.replace(/\s/gu, "") };
}

/** Why typed hex digits can't be a key; null if they may be. The key itself is never part of what is said. */
export function typedKeyError(text: string): string | null {
  const typed = readTyped(text);
  if ("words" in typed) return null; // the Worker has the list of words
  const signs = typed.digits.replace(/^0x/iu, "");
  if (signs === "") return "Type your key.";
  if (/[^0-9a-f]/iu.test(signs)) return "A key has 24 words, or only the signs 0 to 9 and a to f after 0x.";
  if (signs.length < 64) return "The key is too short. It has 64 signs after 0x.";
  if (signs.length > 64) return "The key is too long. It has 64 signs after 0x.";
  return null;
}
