/** In which order a bundle holds its files: docs/format.md, Order of the files. */

/** An image of a series: its place among the files, and how many frames it has. */
export interface SeriesImage {
  readonly place: number;
  readonly frames: number;
}

/**
 * The places of the files of these names, each once: reports, the middle image of each series, the other images series by
 * series, and the rest as it was. `reports` are places of DICOM files that are read; `series` has images in viewing order.
 */
export function bundleOrder(
  names: readonly string[],
  reports: ReadonlySet<number>,
  series: readonly (readonly SeriesImage[])[],
): number[] {
  const places = names.map((_, place) => place);
  const read = places.filter((place) => reports.has(place) || names[place]?.toLowerCase().endsWith(".pdf"));
  const seen = series.flatMap(middle);
  const images = series.flat().map(({ place }) => place);
  return [...new Set([...read, ...seen, ...images, ...places])];
}

/** The image that holds the middle one of all frames; none of no images. */
function middle(images: readonly SeriesImage[]): number[] {
  let before = Math.floor(images.reduce((sum, { frames }) => sum + frames, 0) / 2);
  for (const { place, frames } of images) {
    if (before < frames) return [place];
    before -= frames;
  }
  return images.slice(-1).map(({ place }) => place);
}
