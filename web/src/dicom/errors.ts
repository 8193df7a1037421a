import { RadiogramError } from "../errors.ts";

/** A file can't be shown or read. One line, and nothing of the file in it. */
export class PreviewError extends RadiogramError {
  override name = "PreviewError";
}
