"""Receives from scanners, by DICOM: PS3.4 Annex B (storage) and Annex A (verification), over PS3.8."""
