"""DICOM files read with care: headers, metadata, pictures. The files themselves are never changed."""
