"""The local network: a chain and an IPFS node that run when a command needs them."""

from radiogram.errors import NoLocalNetworkError

try:
    import ape_ganache.program  # noqa: F401
except ModuleNotFoundError:
    raise NoLocalNetworkError(
        "the local network needs ape-ganache 0.8", "install it from this project's source"
    ) from None
