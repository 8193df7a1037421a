"""Electrocardiograms drawn as on paper: a millimetre grid, 25 mm a second, 10 mm a millivolt."""

import io
import re
import subprocess

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.sequence import Sequence

from radiogram.dicom.documents import document_of
from radiogram.dicom.electrocardiogram import PIXELS_A_MM, ecg_png, recordings
from radiogram.dicom.previews import write_previews
from radiogram.errors import PreviewError
from tests.dicom.test_documents import code, dicom, stored

ECG = "1.2.840.10008.5.1.4.1.1.9.1.1"
INK = (20, 20, 20)
REAL = get_testdata_file("waveform_ecg.dcm")


def channel(name: str, unit: str = "uV", sensitivity: float = 1.0, correction: float = 1.0, baseline: float = 0.0):
    made = Dataset()
    made.ChannelSourceSequence = code("5.6.3-9-1", "SCPECG", name)
    made.ChannelSensitivity, made.ChannelBaseline = sensitivity, baseline
    made.ChannelSensitivityCorrectionFactor = correction
    made.ChannelSensitivityUnitsSequence = code(unit, "UCUM", unit)
    made.WaveformBitsStored = 16
    return made


def group(samples: np.ndarray, *channels: Dataset, frequency: float = 100, **attributes) -> Dataset:
    """`samples`: (samples, channels) of 16 bits."""
    made = Dataset()
    made.WaveformOriginality, made.SamplingFrequency = "ORIGINAL", frequency
    made.NumberOfWaveformSamples, made.NumberOfWaveformChannels = samples.shape
    made.ChannelDefinitionSequence = Sequence(list(channels))
    made.WaveformBitsAllocated, made.WaveformSampleInterpretation = 16, "SS"
    made.WaveformData = samples.astype("<i2").tobytes()
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def header(*groups: Dataset) -> Dataset:
    return dcmread(io.BytesIO(stored(dicom(ECG, WaveformSequence=Sequence(list(groups))))))


def pulse(height: int = 1000, seconds: float = 1.0, frequency: int = 100) -> np.ndarray:
    """One channel: `height` from 0.2 s to 0.4 s, else 0."""
    made = np.zeros((round(seconds * frequency), 1), "i2")
    made[frequency // 5 : 2 * frequency // 5] = height
    return made


def drawn(dataset: Dataset) -> np.ndarray:
    """Where there is ink: (rows, columns)."""
    return np.all(np.asarray(Image.open(io.BytesIO(ecg_png(dataset)))) == INK, axis=2)


# ---- values


def test_a_published_ecg_has_the_numbers_that_dcmtk_reads_times_its_sensitivity(need):
    command = [need("dcmdump", "dcmtk"), "+L", "+P", "WaveformData", REAL]
    dumped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line.split()[2] for line in dumped.splitlines() if "(5400,1010)" in line]
    found = recordings(dcmread(REAL))
    assert len(lines) == len(found) == 2
    for line, recording in zip(lines, found, strict=True):
        unsigned = np.array([int(each, 16) for each in line.split("\\")], "u2")
        raw = unsigned.view("i2").reshape(recording.millivolts.shape)
        np.testing.assert_allclose(recording.millivolts, raw * 1.25 / 1000)


def test_a_published_ecg_has_twelve_leads_of_ten_seconds_and_its_median_beats():
    rhythm, beat = recordings(dcmread(REAL))
    assert (rhythm.label, rhythm.frequency, rhythm.seconds) == ("RHYTHM", 1000, 10)
    assert rhythm.leads == ("I (Einthoven)", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    assert (beat.label, beat.seconds, beat.leads) == ("MEDIAN BEAT", 1.2, rhythm.leads)


@pytest.mark.parametrize(("unit", "sensitivity"), [("uV", 2.0), ("mV", 0.002), ("V", 2e-6)])
def test_samples_become_millivolts_by_sensitivity_correction_and_baseline(unit, sensitivity):
    made = channel("Lead I", unit, sensitivity, 1.5, sensitivity * 10)
    [recording] = recordings(header(group(pulse(100), made)))
    assert recording.millivolts[30, 0] == pytest.approx((100 * 1.5 + 10) * 0.002)
    assert recording.millivolts[0, 0] == pytest.approx(10 * 0.002)


def test_where_nothing_was_recorded_nothing_is_known():
    made = pulse()
    made[50:] = -32768
    [recording] = recordings(header(group(made, channel("Lead I"), WaveformPaddingValue=b"\x00\x80")))
    assert np.isnan(recording.millivolts[50:]).all()
    assert np.isfinite(recording.millivolts[:50]).all()


# ---- the drawing


def test_a_millivolt_is_ten_millimetres_high_and_a_fifth_of_a_second_five_wide():
    ink = drawn(header(group(pulse(), channel(""))))
    trace = ink[10 * PIXELS_A_MM :, :]  # below the heading
    columns = [np.flatnonzero(trace[:, 50 + round(seconds * 250)]).mean() for seconds in (0.1, 0.3, 0.5)]
    assert columns[0] - columns[1] == pytest.approx(100, abs=1)
    assert columns[0] == pytest.approx(columns[2], abs=1)
    edges = np.flatnonzero(trace.sum(axis=0) > 20)
    assert edges.max() - edges.min() == pytest.approx(50, abs=4)  # a sample is 2.5 pixels


def test_what_is_printed_has_its_size():
    picture = Image.open(io.BytesIO(ecg_png(header(group(pulse(), channel("Lead I"))))))
    assert picture.info["dpi"] == pytest.approx((254, 254), abs=0.1)


def test_a_gap_stays_empty():
    made = pulse(0)
    made[40:60] = -32768
    ink = drawn(header(group(made, channel(""), WaveformPaddingValue=b"\x00\x80")))[10 * PIXELS_A_MM :, :]
    across = ink.any(axis=0)
    assert across[[50 + 20, 50 + 200]].all()
    assert not across[50 + 105 : 50 + 145].any()


def test_a_long_recording_is_drawn_in_strips_and_its_first_minute_alone():
    heights = []
    for seconds in (10, 20, 60, 600):
        made = np.zeros((seconds * 100, 1), "i2")
        heights.append(drawn(header(group(made, channel("Lead I")))).shape[0])
    one, two, six, sixty = heights
    assert two - one == (six - two) / 4
    assert sixty == six


def test_short_beats_stand_beside_each_other():
    made = np.repeat(pulse(), 12, axis=1)
    beats = [channel(f"Lead V{number}") for number in range(12)]
    rows, columns = drawn(header(group(made, *beats))).shape
    assert columns > rows


# ---- refusals


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (group(pulse(), channel("Pressure", "mm[Hg]")), "no electrocardiogram: it is not in volts"),
        (group(pulse(), channel("Lead I"), frequency=0), "does not say how often it was sampled"),
        (group(np.repeat(pulse(), 33, axis=1), *[channel("x")] * 33), "too many channels to draw: 33"),
        (group(pulse()[:0], channel("Lead I")), "holds no waveform|damaged or unusual"),
    ],
)
def test_what_cannot_be_drawn_is_refused(made, why):
    with pytest.raises(PreviewError, match=why):
        document_of(stored(dicom(ECG, WaveformSequence=Sequence([made]))))


def test_a_waveform_of_no_unit_is_refused():
    made = channel("Lead I")
    del made.ChannelSensitivityUnitsSequence
    with pytest.raises(PreviewError, match="does not say in which unit it is"):
        document_of(stored(dicom(ECG, WaveformSequence=Sequence([group(pulse(), made)]))))


def test_a_waveform_that_is_cut_short_is_refused():
    made = group(pulse(), channel("Lead I"))
    made.NumberOfWaveformSamples = 10_000
    with pytest.raises(PreviewError, match="damaged or unusual"):
        document_of(stored(dicom(ECG, WaveformSequence=Sequence([made]))))


def test_an_ecg_stands_beside_its_file(tmp_path):
    (tmp_path / "ecg.dcm").write_bytes(stored(dicom(ECG, WaveformSequence=Sequence([group(pulse(), channel("I"))]))))
    previews = write_previews([tmp_path / "ecg.dcm"], tmp_path, False)
    assert previews.lines() == [f"{tmp_path / 'ecg.dcm.png'}  (an ECG)"]
    assert re.match(rb"\x89PNG", (tmp_path / "ecg.dcm.png").read_bytes())
