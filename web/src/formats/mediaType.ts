/** What kind of file a file is. */

const BY_ENDING = new Map(
  Object.entries({
    avi: "video/x-msvideo",
    bmp: "image/bmp",
    csv: "text/csv",
    dcm: "application/dicom",
    gif: "image/gif",
    htm: "text/html",
    html: "text/html",
    jpeg: "image/jpeg",
    jpg: "image/jpeg",
    json: "application/json",
    mov: "video/quicktime",
    mp4: "video/mp4",
    pdf: "application/pdf",
    png: "image/png",
    svg: "image/svg+xml",
    tif: "image/tiff",
    tiff: "image/tiff",
    txt: "text/plain",
    webp: "image/webp",
    xml: "application/xml",
    zip: "application/zip",
  }),
);

/** `application/dicom` for DICOM files, by their first bytes (PS3.10, 7.1), otherwise by the name's ending (RFC 2046). */
export function mediaType(name: string, head: Uint8Array): string {
  if (String.fromCharCode(...head.subarray(128, 132)) === "DICM") return "application/dicom";
  const ending = /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return BY_ENDING.get(ending) ?? "application/octet-stream";
}
