"""Grayscale softcopy presentation states as highdicom makes them, with what it has no options for set afterwards."""

import highdicom as hd
from highdicom.pr import (
    AnnotationUnitsValues,
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GraphicTypeValues,
    GrayscaleSoftcopyPresentationState,
    SoftcopyVOILUTTransformation,
    TextObject,
)
from pydicom import Dataset
from pydicom.uid import generate_uid

PIXEL, DISPLAY = AnnotationUnitsValues.PIXEL, AnnotationUnitsValues.DISPLAY


def window(center: float, width: float):
    return [SoftcopyVOILUTTransformation(window_center=center, window_width=width)]


def area(images, left: int, top: int, right: int, bottom: int, mode: str = "SCALE TO FIT") -> Dataset:
    item = Dataset()
    item.DisplayedAreaTopLeftHandCorner = [left, top]
    item.DisplayedAreaBottomRightHandCorner = [right, bottom]
    item.PresentationSizeMode = mode
    item.PresentationPixelAspectRatio = [1, 1]
    return item


def state(images, inverse: bool = False, label: str = "LUNGS", **attributes):
    """A state of images; `attributes` of highdicom's begin in lower case, those of DICOM in upper case."""
    ours = {name: value for name, value in attributes.items() if name[0].isupper()}
    made = GrayscaleSoftcopyPresentationState(
        referenced_images=images,
        series_instance_uid=generate_uid(),
        series_number=8,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="Maker",
        manufacturer_model_name="Model",
        software_versions="1",
        device_serial_number="1",
        content_label=label,
        content_description="Nodule in the left lung",
        content_creator_name="Roe^Jane^^Dr",
        presentation_lut_transformation=hd.PresentationLUTTransformation(
            presentation_lut_shape="INVERSE" if inverse else "IDENTITY"
        ),
        **{name: value for name, value in attributes.items() if name not in ours},
    )
    rows, columns = images[0].Rows, images[0].Columns
    made.DisplayedAreaSelectionSequence = [area(images, 1, 1, columns, rows)]
    for name, value in ours.items():
        setattr(made, name, value)
    return made


def annotated(images, graphics=(), texts=(), colour=None):
    """What `state` takes for drawing these over all of the images."""
    layer = GraphicLayer("LAYER1", order=1, display_color=colour and hd.color.CIELabColor.from_rgb(*colour))
    drawn = GraphicAnnotation(images, layer, graphic_objects=graphics or None, text_objects=texts or None)
    return {"graphic_layers": [layer], "graphic_annotations": [drawn]}


def graphic(kind: str, points, units=PIXEL, **more):
    return GraphicObject(GraphicTypeValues(kind), points, units=units, **more)


def written(text: str, box, units=DISPLAY):
    return TextObject(text, units, bounding_box=box)
