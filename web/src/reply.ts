/** Replies that are read whole. */

/** The body as text. Throws RangeError beyond `limit` bytes, of which no more is read; AbortError. */
export async function textOf(response: Response, limit: number): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > limit) {
      reader.cancel().catch(() => undefined);
      throw new RangeError(`more than ${limit} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
