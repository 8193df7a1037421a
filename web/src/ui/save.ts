/** Puts a file on the person's disk. */

const URL_HELD = 60_000; // ms; a download may begin late

/** Saves under `name`, as a file that the browser never opens by itself. Returns the name. */
export function saveBlob(blob: Blob, name: string, mediaType = "application/octet-stream"): string {
  const url = URL.createObjectURL(new Blob([blob], { type: mediaType }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, URL_HELD);
  return name;
}
