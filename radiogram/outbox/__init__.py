"""Studies that arrived from a scanner and wait for a recipient. Nothing here knows a network."""
