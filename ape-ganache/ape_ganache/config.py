"""The `ganache:` section of ape-config.yaml."""

from pathlib import Path
from typing import Annotated, Any, Literal

from ape.api.config import PluginConfig
from ape.utils.basemodel import ManagerAccessMixin
from pydantic import BaseModel, Field, field_validator
from pydantic_settings import SettingsConfigDict

Hardfork = Literal[
    "constantinople",
    "byzantium",
    "petersburg",
    "istanbul",
    "muirGlacier",
    "berlin",
    "london",
    "arrowGlacier",
    "grayGlacier",
    "merge",
    "shanghai",
]


class GanacheForkConfig(BaseModel):
    """How to fork one network; `ganache: fork: <ecosystem>: <network>:`."""

    upstream_provider: str | None = None
    """Name of the provider, or URL of the node, to fork from; default: the network's own provider."""

    block_number: int | None = None
    """The block to fork at; default: Ganache's own, five before the newest."""


class GanacheNetworkConfig(PluginConfig):
    """Settings of the Ganache node. Each is also read from an environment variable, `APE_GANACHE_PORT`
    and so on, where the configuration file has no value.
    """

    host: str = "127.0.0.1"
    """Where a node may already run: a host name, or the URL of the node. A node that answers there is
    joined and never stopped. A node is only ever started on 127.0.0.1."""

    port: Annotated[int, Field(gt=0, lt=65536)] | Literal["auto"] = "auto"
    """Port of the node; "auto" starts a node of one's own on a free port."""

    executable: str | None = None
    """The `ganache` command; default: $GANACHE_BIN, then PATH, then beside this Python, then the project's
    node_modules/.bin."""

    hardfork: Hardfork = "shanghai"
    """Rules of the virtual machine. Shanghai is the newest that Ganache knows: compile for it."""

    chain_id: int | None = Field(default=None, gt=0)
    """Chain id, and network id, of a node that is started; default: 1337, in a fork the forked network's."""

    database: Path | None = None
    """Folder that keeps the chain between runs, relative to the project; default: in memory."""

    number_of_accounts: int | None = Field(default=None, gt=0)
    """Funded test accounts; default: as in the `test:` section, which is what Ape's own accounts follow."""

    mnemonic: str | None = None
    """Words the test accounts derive from; default: as in the `test:` section."""

    balance: int | None = None
    """Start balance of each test account in wei, or text such as "100 ETH"; default: the `test:` section."""

    hd_path: str | None = None
    """Derivation path of the test accounts, without the index; default: as in the `test:` section."""

    block_gas_limit: int | None = Field(default=None, gt=0)
    """Gas of a block; default: Ganache's own, 30,000,000."""

    call_gas_limit: int | None = Field(default=None, gt=0)
    """Gas of an eth_call or an estimate; default: Ganache's own, 50,000,000."""

    block_time: int = Field(default=0, ge=0)
    """Seconds between blocks; 0 mines one for each transaction."""

    request_timeout: float = Field(default=30, gt=0)
    """Seconds to wait for a reply of the node."""

    start_timeout: float = Field(default=30, gt=0)
    """Seconds to wait for a node to start."""

    extra_args: list[str] = Field(default_factory=list)
    """Further options for the `ganache` command."""

    fork: dict[str, dict[str, GanacheForkConfig]] = Field(default_factory=dict)
    """Forked networks, by ecosystem and network name."""

    model_config = SettingsConfigDict(extra="forbid", env_prefix="APE_GANACHE_")

    @field_validator("balance", mode="before")
    @classmethod
    def _balance_in_wei(cls, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, str) and not value.isdecimal():
            return ManagerAccessMixin.conversion_manager.convert(value, int)
        return value

    @field_validator("extra_args")
    @classmethod
    def _stay_on_loopback(cls, value: list[str]) -> list[str]:
        for option in value:
            if option.split("=")[0] in ("--server.host", "--host", "--hostname", "-h", "--detach", "-D"):
                raise ValueError(f"{option} is refused: the node listens on 127.0.0.1 and belongs to Ape")
        return value
