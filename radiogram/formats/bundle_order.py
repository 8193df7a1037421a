"""In which order a bundle holds its files: docs/format.md, Order of the files. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate


def bundle_order(
    names: Sequence[str], reports: Collection[int] = (), series: Sequence[Sequence[tuple[int, int]]] = ()
) -> list[int]:
    """The places of the files of these names, each once: reports, the middle image of each series, the other images
    series by series, and the rest as it was.

    `reports` are places of DICOM files that are read; `series` has for each series the images in viewing order, place
    and number of frames.
    """
    read = [place for place, name in enumerate(names) if place in reports or name.lower().endswith(".pdf")]
    seen = [_middle(images) for images in series if images]
    return list(dict.fromkeys([*read, *seen, *_images(series), *range(len(names))]))


def _middle(images: Sequence[tuple[int, int]]) -> int:
    """The image that holds the middle one of all frames."""
    ends = list(accumulate(frames for _, frames in images))
    return images[bisect_right(ends, ends[-1] >> 1)][0]


def _images(series: Sequence[Sequence[tuple[int, int]]]) -> Iterator[int]:
    return (place for images in series for place, _ in images)
