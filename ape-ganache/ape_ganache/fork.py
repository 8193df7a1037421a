"""Ganache as a local copy of another network: what it lacks it asks of a node of that network."""

from typing import cast

from ape.api.networks import ForkedNetworkAPI

from ape_ganache.config import GanacheForkConfig
from ape_ganache.errors import GanacheError
from ape_ganache.provider import GanacheProvider


class GanacheForkProvider(GanacheProvider):
    """A node for the network `<name>-fork`, which starts from the state of the network `<name>`."""

    @property
    def _needs_own_node(self) -> bool:
        return True  # the configured node, if any, is the local network's, which is no fork

    def build_command(self) -> list[str]:
        fork = self._fork
        options = [f"--fork.url={self._upstream_url()}"]
        if fork.block_number is not None:
            options.append(f"--fork.blockNumber={fork.block_number}")
        return [*super().build_command(), *options]

    @property
    def _forked_network(self) -> ForkedNetworkAPI:
        return cast(ForkedNetworkAPI, self.network)

    @property
    def _fork(self) -> GanacheForkConfig:
        networks = self.settings.fork.get(self.network.ecosystem.name, {})
        return networks.get(self._forked_network.upstream_network.name, GanacheForkConfig())

    @property
    def _default_chain_id(self) -> int:
        return self._forked_network.upstream_chain_id

    def _upstream_url(self) -> str:
        network, name = self._forked_network, self._fork.upstream_provider
        # A name with a colon in it is a URL to Ape.
        upstream = network.upstream_network.get_provider(name) if name else network.upstream_provider
        if not upstream.connection_str:
            raise GanacheError(f"{upstream.name!r} has no URL to fork from. Set `ganache: fork` to one that has.")
        return cast(str, upstream.connection_str)
