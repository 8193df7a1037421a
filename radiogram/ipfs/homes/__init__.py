"""Homes: nodes and services that each keep a ciphertext pinned, so that the end of one is not the end of a study."""
