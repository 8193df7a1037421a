"""Ganache as a network provider for Ape."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ape.plugins import register
from ape.plugins.config import Config
from ape.plugins.network import ProviderPlugin

if TYPE_CHECKING:
    from ape.api.config import PluginConfig
    from ape.api.providers import ProviderAPI

# Ape imports every plugin for every command, so what is heavy is imported when it is asked for.


@register(Config)
def config_class() -> "type[PluginConfig]":
    from ape_ganache.config import GanacheNetworkConfig

    return GanacheNetworkConfig


@register(ProviderPlugin)
def providers() -> "Iterator[tuple[str, str, type[ProviderAPI]]]":
    from ape_ethereum.ecosystem import NETWORKS

    from ape_ganache.fork import GanacheForkProvider
    from ape_ganache.provider import GanacheProvider

    yield "ethereum", "local", GanacheProvider
    for network in NETWORKS:
        yield "ethereum", f"{network}-fork", GanacheForkProvider
