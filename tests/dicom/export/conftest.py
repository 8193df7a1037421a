"""A study of real files of many kinds, exported."""

import pytest
from pydicom.uid import generate_uid

from tests.dicom.export.material import FILE_SETS, RAMP, content, report, structure_set, write_export


@pytest.fixture(scope="session")
def export():
    """Exports files, bytes or paths by name, to a folder or ZIP file; what came of it."""
    return write_export


@pytest.fixture(scope="session")
def exported(real_study, tmp_path_factory):
    """The real study as a folder; not to be changed."""
    return write_export(real_study, tmp_path_factory.mktemp("exported") / "out")


@pytest.fixture(scope="session")
def zipped(real_study, tmp_path_factory):
    """The real study as a ZIP file."""
    return write_export(real_study, tmp_path_factory.mktemp("zipped") / "study.zip")


@pytest.fixture(scope="session")
def real_study(sample, build):
    """Real files of many kinds, by name: a DICOMDIR with its 32 images, a series, cine, reports, plans, a letter."""
    files = {f"disk/{path.relative_to(FILE_SETS)}": path for path in FILE_SETS.glob("[79]*/**/*") if path.is_file()}
    files["disk/DICOMDIR"] = FILE_SETS / "DICOMDIR"
    names = "CT_small.dcm color3d_jpeg_baseline.dcm emri_small.dcm chrH31.dcm chrX1.dcm chrArab.dcm JPEG-LL.dcm"
    names += " RG1_J2KR.dcm rtplan.dcm rtdose.dcm test-SR.dcm reportsi.dcm liver.dcm examples_palette.dcm"
    files |= {name: sample(name) for name in names.split()}
    uid = generate_uid()
    for place in range(20):
        attributes = {"SeriesInstanceUID": uid, "SeriesNumber": 7, "ImagePositionPatient": [0, 0, -place]}
        files[f"series/{place}"] = build(RAMP + place, **attributes, StudyInstanceUID="1.2.3.4", InstanceNumber=place)
    files["series/structures"] = structure_set(build)
    files["series/report.dcm"] = report(build)
    files["letter.pdf"] = b"%PDF-1.4 a letter"
    return files


@pytest.fixture
def unpacked(tmp_path):
    """Puts files, bytes or paths by name, where they would lie when they are retrieved."""

    def unpack(files: dict):
        placed = []
        for name, file in files.items():
            path = tmp_path / "received" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content(file))
            placed.append((name, path))
        return placed

    return unpack
