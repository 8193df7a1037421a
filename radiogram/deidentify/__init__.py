"""Copies of DICOM files that do not name the patient, and the search that proves it of each."""
