/** Text that others wrote, made fit to show: docs/display.md, Text. */

const MOST = 256; // characters
const END = 60; // characters of a long file name that are shown at each end

/** No control or direction characters, single spaces, at most `most` characters: it can do no harm on a screen. */
export function clean(text: string, most = MOST): string {
  const plain = firstCharacters(text, 4 * MOST).replace(/\p{Cf}/gu, "");
  return firstCharacters(plain.replace(/[\p{C}\p{Z}]+/gu, " ").trim(), most);
}

/** Not cut within a character that takes two UTF-16 units. */
export function firstCharacters(text: string, most: number): string {
  return text.length <= most
    ? text
    : Array.from(text.slice(0, 2 * most))
        .slice(0, most)
        .join("");
}

/** The name of one's own file, whole; of a very long one, both ends. */
export function shownFileName(name: string): string {
  const signs = Array.from(clean(name, 1024));
  return signs.length <= 2 * END ? signs.join("") : `${signs.slice(0, END).join("")}…${signs.slice(-END).join("")}`;
}

/** What may be shown of a mistyped key: never enough to be a private key. */
export function shorten(text: string): string {
  const plain = clean(text);
  return plain.length <= 24 ? plain : `${plain.slice(0, 8)}…${plain.slice(-4)}`;
}

/** Full case folding (Unicode, CaseFolding.txt), which JavaScript has only by way of capitals. */
export function caseFolded(text: string): string {
  return Array.from(text, (sign) =>
    sign === "ı" ? sign : Array.from(sign.toLowerCase().toUpperCase(), (capital) => capital.toLowerCase()).join(""),
  ).join("");
}

/** Which of two paths comes first, part by part, each by its code points: as the commands list received files. */
export function comparePaths(one: string, other: string): number {
  const [first, second] = [one.split("/"), other.split("/")];
  for (let place = 0; place < Math.min(first.length, second.length); place++) {
    const order = compareText(first[place] ?? "", second[place] ?? "");
    if (order !== 0) return order;
  }
  return first.length - second.length;
}

function compareText(one: string, other: string): number {
  const [first, second] = [Array.from(one), Array.from(other)];
  for (let place = 0; place < Math.min(first.length, second.length); place++) {
    const order = (first[place]?.codePointAt(0) ?? 0) - (second[place]?.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
  return first.length - second.length;
}
