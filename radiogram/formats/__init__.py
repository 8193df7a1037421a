"""The bytes of docs/format.md, made and read. Pure: bytes in, bytes out, keys passed in."""
