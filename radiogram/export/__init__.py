"""A study arranged for another system: a DICOM file-set with its directory, and pages for any browser."""
