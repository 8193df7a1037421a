"""Key object selections as highdicom makes them."""

import highdicom as hd
from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid


def selection(evidence, marked, title=None, description="Nodule, see slice 2", observer="Roe^Jane^^Dr"):
    content = KeyObjectSelection(
        document_title=title or codes.DCM.ForReferringProvider,
        referenced_objects=marked,
        observer_person_context=hd.sr.ObserverContext(
            observer_type=codes.DCM.Person,
            observer_identifying_attributes=hd.sr.PersonObserverIdentifyingAttributes(observer),
        ),
        description=description,
    )
    return KeyObjectSelectionDocument(
        evidence=evidence,
        content=content,
        series_instance_uid=generate_uid(),
        series_number=9,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="Maker",
    )
