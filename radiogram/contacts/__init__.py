"""The register of recipients, kept on the disk and held against the images to be sent; and the list of clinics."""
