"""The register of recipients: kept on the disk, and held against the images that are to be sent."""
