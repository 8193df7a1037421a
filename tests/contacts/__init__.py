"""The register of recipients."""
