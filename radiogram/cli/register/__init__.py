"""The register of recipients at a command: whose key is whose."""
