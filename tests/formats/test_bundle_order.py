"""In which order a bundle holds its files: what people look at first is in front."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.dicom.series import seen_first
from radiogram.formats.bundle_order import bundle_order
from tests.formats.test_vectors import vectors
from tests.vectors.bundle_orders import metadata


@st.composite
def studies(draw):
    """Names, places of reports, and images by series: places that are in none are no images."""
    names = draw(st.lists(st.sampled_from(["a.dcm", "b.pdf", "c"]), max_size=12))
    places = draw(st.permutations(range(len(names))))
    series = []
    for place in places:
        if draw(st.booleans()) or not series:
            series.append([])
        if draw(st.booleans()):
            series[-1].append((place, draw(st.integers(1, 9))))
    return names, set(draw(st.lists(st.sampled_from(places)))) if places else set(), [each for each in series if each]


@pytest.mark.parametrize("vector", vectors("bundle_order.json", "studies"), ids=lambda v: v["why"])
def test_a_bundle_holds_its_files_in_the_order_of_the_vector(vector):
    said = [metadata(each) for each in vector["files"]]

    assert bundle_order(vector["names"], *seen_first(said)) == vector["order"]


@given(studies())
def test_each_file_is_bundled_once(study):
    assert sorted(bundle_order(*study)) == list(range(len(study[0])))


@given(studies())
def test_reports_come_first_and_then_a_picture_from_the_middle_of_each_series(study):
    names, reports, series = study
    order = bundle_order(names, reports, series)

    read = [at for at, name in enumerate(names) if at in reports or name.endswith(".pdf")]
    assert order[: len(read)] == read
    middles = []
    for images in series:
        frames = [place for place, count in images for _ in range(count)]
        middles.append(frames[len(frames) // 2])
    assert order[len(read) :][: len(set(middles) - set(read))] == [at for at in middles if at not in read]


@given(studies())
def test_after_these_images_come_a_series_at_a_time_and_what_is_no_image_last(study):
    names, _, series = study
    order = bundle_order(["x"] * len(names), (), series)

    rest = order[len(series) :]
    images = [place for each in series for place, _ in each if place in rest]
    assert rest == images + [at for at in range(len(names)) if at not in {p for each in series for p, _ in each}]


@given(studies())
def test_the_order_does_not_depend_on_how_the_files_are_called(study):
    names, reports, series = study

    assert bundle_order([f"{name}x" for name in names], reports, series) == bundle_order(
        ["x"] * len(names), reports, series
    )
