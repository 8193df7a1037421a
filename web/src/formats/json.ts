/** JSON that others wrote. */

const MOST_LEVELS = 200;

/** As JSON.parse; throws SyntaxError for more than 200 levels too, at which every program stops. */
export function parseJson(text: string): unknown {
  let level = 0;
  let isString = false;
  for (let place = 0; place < text.length; place++) {
    const sign = text[place];
    if (sign === '"') isString = !isString;
    else if (isString && sign === "\\") place++;
    else if (!isString && (sign === "[" || sign === "{") && ++level > MOST_LEVELS)
      throw new SyntaxError("nested too deep");
    else if (!isString && (sign === "]" || sign === "}")) level--;
  }
  return JSON.parse(text);
}
