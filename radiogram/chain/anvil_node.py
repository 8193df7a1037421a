"""Ape's connection to the Anvil of the local network."""

from ape_node.provider import Node
from web3 import HTTPProvider, Web3


class AnvilNode(Node):
    """The node at its `uri`, and no other."""

    def _set_web3(self) -> None:
        # Ape's own would take the node that WEB3_PROVIDER_URI names, if it is set, and import every provider there is.
        self._client_version = None
        self._web3 = Web3(HTTPProvider(self.http_uri))
