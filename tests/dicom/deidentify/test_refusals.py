"""What is refused unseen."""

import struct

import pytest
from pydicom.dataelem import DataElement
from pydicom.uid import SecondaryCaptureImageStorage

from radiogram.cli import hints
from radiogram.errors import DeidentificationError, PictureTextError
from tests.dicom.deidentify.material import RAMP, before_pixels, changed


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({"BurnedInAnnotation": "YES"}, "text is part of the picture"),
        ({"SOPClassUID": SecondaryCaptureImageStorage}, "pictures of its kind, Secondary Capture Image Storage"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1"}, "Ultrasound Image Storage"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.4"}, "VL Photographic Image Storage"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.12.2"}, "X-Ray Radiofluoroscopic Image Storage"),
        ({"Modality": "US"}, "pictures of its modality"),
        ({"Modality": "OT"}, "pictures of its modality"),
        ({"Modality": ""}, "pictures of its modality"),
        ({"ImageType": ["DERIVED", "SECONDARY", "MPR"]}, "made from other images"),
        ({"ImageType": ["ORIGINAL", "SECONDARY"]}, "made from other images"),
        ({"ImageType": ["DERIVED", "PRIMARY", "SCREEN_SAVE"]}, "it says 'screen save' of itself"),
        ({"ImageType": ["DERIVED", "PRIMARY", "DOSE_INFO"]}, "it says 'dose info' of itself"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "OTHER", "CT_SOM5 PROT"]}, "it says 'prot' of itself"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "PROJECTION IMAGE"]}, "it says 'projection image' of itself"),
        ({"SeriesDescription": "Patient Protocol"}, "it says 'patient protocol' of itself"),
        ({"SeriesDescription": "Dose-Report 2"}, "it says 'dose report' of itself"),
        ({"SeriesDescription": "TOF_MIP_COR"}, "it says 'mip' of itself"),
        ({"ProtocolName": "Screenshot"}, "it says 'screenshot' of itself"),
        ({"DerivationDescription": "volume rendering"}, "it says 'volume rendering' of itself"),
        ({"ImagePositionPatient": None}, "where in the body it lies"),
        ({"ImageOrientationPatient": None}, "where in the body it lies"),
        ({"PixelSpacing": None}, "where in the body it lies"),
        ({"pixels": RAMP.astype("uint8")}, "where in the body it lies"),
        ({"ConversionType": "DF"}, "capture of a screen, film or video"),
        ({"PhotometricInterpretation": "RGB"}, "in colour"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "in colour"),
    ],
)
def test_a_picture_of_a_kind_that_often_shows_a_name_is_refused_unless_forced(image, clean, attributes, why):
    with pytest.raises(PictureTextError, match=why) as refused:
        clean(image(**attributes))
    assert hints.line(refused.value).endswith("; look at it, and add --force-pixels if it shows no name")
    assert clean(image(**attributes), force_pixels=True).report.files == 1


@pytest.mark.parametrize(
    "attributes",
    [
        {"SeriesDescription": "CT Abdomen low dose, tabled 3D"},
        {"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "CT_SOM5 SPI"]},
        {"ProtocolName": "Protuberance, mipmap, reported"},
    ],
)
def test_a_slice_whose_words_only_look_alike_is_taken(image, clean, attributes):
    assert clean(image(**attributes)).report.files == 1


def test_an_overlay_drawn_into_the_pixels_is_refused_unless_forced(image, clean):
    def change(dataset):
        dataset.add_new(0x60000102, "US", 15)

    with pytest.raises(DeidentificationError, match="overlay is drawn into its pixels"):
        clean(changed(image(), change))
    clean(changed(image(), change), force_pixels=True)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    ("sop_class", "name"),
    [
        ("1.2.840.10008.5.1.4.1.1.88.11", "Basic Text SR Storage"),
        ("1.2.840.10008.5.1.4.1.1.88.59", "Key Object Selection Document Storage"),
        ("1.2.840.10008.5.1.4.1.1.11.1", "Grayscale Softcopy Presentation State Storage"),
        ("1.2.840.10008.5.1.4.1.1.104.1", "Encapsulated PDF Storage"),
        ("1.2.840.10008.5.1.4.1.1.66.4", "Segmentation Storage"),
        ("1.2.840.10008.5.1.4.1.1.481.3", "RT Structure Set Storage"),
    ],
)
def test_what_is_no_image_is_refused_even_if_forced(image, clean, sop_class, name, force):
    with pytest.raises(DeidentificationError, match=f"it is no image but '{name}'"):
        clean(image(SOPClassUID=sop_class), force_pixels=force)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("MR_truncated.dcm", "cut short"),
        ("rtplan.dcm", "no image"),
        ("test-SR.dcm", "no image"),
        ("waveform_ecg.dcm", "no image"),
        ("liver.dcm", "no image"),
        ("chrKoreanMulti.dcm", "holds no picture"),
        ("emri_small_jpeg_2k_lossless_too_short.dcm", "compressed picture is damaged"),
        ("DICOMDIR", "of no kind that DICOM knows"),
        ("priv_SQ.dcm", "of no kind that DICOM knows"),
    ],
)
def test_a_sample_that_leaves_doubt_is_refused_in_one_line(sample, clean, name, why):
    with pytest.raises(DeidentificationError, match=why) as refused:
        clean(sample(name), force_pixels=True)
    assert "\n" not in str(refused.value)


def test_an_image_of_a_private_kind_or_compression_is_refused(image, clean):
    with pytest.raises(DeidentificationError, match="of no kind that DICOM knows"):
        clean(image(SOPClassUID="1.3.12.2.1107.5.9.1"))
    private = image().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.113619.5.2\0\0")
    with pytest.raises(DeidentificationError, match=r"transfer syntax|damaged"):
        clean(private)


def test_elements_out_of_order_are_refused(image, clean):
    with pytest.raises(DeidentificationError, match="out of order"):
        clean(image() + b"\x10\0\x10\0PN\x06\0Okafor")


def test_sequences_nested_too_deep_and_too_many_elements_are_refused(image, clean):
    deep = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 500
    with pytest.raises(DeidentificationError, match=r"nested too deep|damaged"):
        clean(before_pixels(image(), deep))
    many = b"\x00\x52\x30\x92SQ\0\0" + struct.pack("<I", 8 * 100_001) + b"\xfe\xff\x00\xe0\0\0\0\0" * 100_001
    with pytest.raises(DeidentificationError, match="too many"):
        clean(before_pixels(image(), many))


def test_a_header_that_does_not_say_how_to_read_the_pixels_is_refused(image, clean):
    def change(dataset):
        dataset.add(DataElement(0x00280010, "SH", "16"))  # Rows, as a text

    with pytest.raises(DeidentificationError, match="damaged or unusual"):
        clean(changed(image(), change))


def test_a_refusal_says_what_to_do(image, clean):
    with pytest.raises(DeidentificationError) as refused:
        clean(image(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11"))
    assert str(refused.value) == (
        "the file (series 2) can't be de-identified: it is no image but 'Basic Text SR Storage'; leave its series out"
    )
    assert hints.line(refused.value) == f"{refused.value}, or add --leave-out"


def test_one_doubtful_file_refuses_all_and_is_named_by_its_place(image, clean, tmp_path):
    with pytest.raises(DeidentificationError, match=r"^file 2 of 3 \(series 5\) can't be de-identified: ") as refused:
        clean(image(), image(BurnedInAnnotation="YES", SeriesNumber=5), image())
    assert "Okafor" not in str(refused.value)
    assert not list(tmp_path.glob("run0/out/**/*.dcm"))


@pytest.mark.parametrize("cut", [200, 400, 700, 900, -300, -1])
def test_a_file_cut_anywhere_is_refused_with_one_error(image, clean, cut):
    with pytest.raises(DeidentificationError) as refused:
        clean(image()[:cut])
    assert "\n" not in str(refused.value)
