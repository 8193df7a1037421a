"""A study sent to a doctor's system: what is told where there is nothing to send, or where it was stopped."""

from pathlib import Path

import pytest

from radiogram.errors import DestinationError
from radiogram.export.sending import by_dicom
from radiogram.export.storage import Peer
from tests.dicom.export.material import RAMP
from tests.dicom.export.receivers import storescp


def test_a_study_without_a_dicom_instance_is_refused_before_anybody_is_called(unpacked):
    with pytest.raises(DestinationError, match="this study has no DICOM instance"):
        by_dicom(unpacked({"letter.pdf": b"%PDF-1.4"}), Peer.parse("pacs.invalid:104:A"), lambda _: None)


def test_whoever_stops_it_is_told_how_many_were_stored(need, unpacked, build, tmp_path):
    files = unpacked({str(place): build(RAMP + place) for place in range(4)})
    done = []

    def stop_at_the_third(_bytes: int) -> None:
        done.append(_bytes)
        if len(done) == 3:
            raise KeyboardInterrupt

    tool = Path(need("dcmdump", "dcmtk")).with_name("storescp")
    with storescp(str(tool), tmp_path / "pacs", "+xa", "--promiscuous") as pacs:
        with pytest.raises(KeyboardInterrupt) as stopped:
            by_dicom(files, Peer.parse(pacs.ae), stop_at_the_third)

        assert len(pacs.files()) == 3
    assert stopped.value.__notes__ == ["3 of 4 DICOM instances were stored there by then"]
