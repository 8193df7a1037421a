"""De-identification: nothing of the patient stays, the picture does, and any doubt refuses all of it."""

import pytest
from pydicom import dcmread

from radiogram.deidentify.study import deidentify
from tests.dicom.deidentify.material import OKAFOR, RAMP


@pytest.fixture
def image(build):
    """A CT image of Grace Ann Okafor; attributes may be added or changed."""

    def make(**attributes) -> bytes:
        return build(**({"pixels": RAMP} | OKAFOR | attributes))

    return make


@pytest.fixture
def clean(tmp_path):
    """De-identify files given as bytes or paths: the copies' data sets, with `path` and `report`."""

    def run(*files, **options):
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        (folder / "in").mkdir(parents=True)
        paths = []
        for place, file in enumerate(files):
            paths.append(folder / "in" / f"Okafor Grace {place}.dcm")
            paths[-1].write_bytes(file if isinstance(file, bytes) else file.read_bytes())
        places, report = deidentify(paths, folder / "out", **options)
        return Copies(places, report)

    return run


class Copies:
    """What came of a de-identification."""

    def __init__(self, paths, report) -> None:
        self.paths, self.report = paths, report
        self.files = [path.read_bytes() for path in paths]
        self.datasets = [dcmread(path) for path in paths]
