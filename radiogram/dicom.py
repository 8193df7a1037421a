"""A picture of a DICOM image, for looking only. Pure: bytes in, bytes out. The only place that touches pydicom."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array

from radiogram.errors import PreviewError

PREVIEW_PIXELS = 1024  # longest side


def preview_png(dicom: bytes) -> bytes:
    """A PNG (8 bit, at most 1024 pixels wide or high) of the first frame of a DICOM file's image.

    Rendered as PS3.4 N.2 says: modality LUT, VOI LUT or window, inverted for MONOCHROME1, scaled to 8 bit. The
    file's own first window; without one, from its darkest to its brightest pixel. Raises PreviewError.
    """
    try:
        dataset = dcmread(io.BytesIO(dicom))
        image = Image.fromarray(_render(dataset))
    except InvalidDicomError:
        raise PreviewError("this file is not DICOM: open it with its own program") from None
    except Exception as error:  # pydicom and its decoders raise whatever they met
        raise PreviewError(
            f"this image can't be shown here ({type(error).__name__}): the file itself is whole"
        ) from error
    image.thumbnail((PREVIEW_PIXELS, PREVIEW_PIXELS), Image.Resampling.LANCZOS)
    sink = io.BytesIO()
    image.save(sink, "PNG")
    return sink.getvalue()


def _render(dataset: Dataset) -> NDArray[np.uint8]:
    """8-bit pixels of the first frame, shape (rows, columns) or (rows, columns, 3)."""
    pixels = pixel_array(dataset, index=0)  # converts YBR to RGB
    photometric = dataset.PhotometricInterpretation
    if photometric == "PALETTE COLOR":
        return _scale(apply_color_lut(pixels, dataset))
    if pixels.ndim == 3:
        return _scale(pixels, full=(1 << int(dataset.BitsStored)) - 1)
    values = apply_voi_lut(apply_modality_lut(pixels, dataset), dataset, index=0)
    rendered = _scale(values)
    is_inverse = photometric == "MONOCHROME1" or dataset.get("PresentationLUTShape") == "INVERSE"
    return np.subtract(255, rendered, dtype=np.uint8) if is_inverse else rendered


def _scale(values: NDArray[np.generic], full: int | None = None) -> NDArray[np.uint8]:
    """`values` from their least to their greatest (or from 0 to `full`), as 0 to 255."""
    numbers = values.astype(np.float64)
    low, high = (0.0, float(full)) if full else (float(numbers.min()), float(numbers.max()))
    return np.asarray((numbers - low) / ((high - low) or 1.0) * 255.0 + 0.5).clip(0, 255).astype(np.uint8)
