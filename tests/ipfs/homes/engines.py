"""Real engines: Kubo nodes of one private network, and an IPFS Cluster over them, each a process of this test run.

They listen on 127.0.0.1 alone. Ports stay the same when an engine is started again, as the others know them.
"""

import json
import os
import subprocess
from pathlib import Path

import requests
from ape_ganache.program import end, wait_until

from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Endpoint
from tests.ipfs.kubo_nodes import make_repo
from tests.ports import free_ports

STARTING = STOPPING = 60  # seconds
USER, SECRET = "clinic", "cluster-secret-71c2"


class Engine:
    """A program that says when it is ready. `log`: the file for what its last run has said."""

    ready = ""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self._command, self._environment, self._log = command, os.environ | environment, log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Until it is ready; if it runs, nothing is done."""
        if self.runs:
            return
        with self._log.open("wb") as log:
            streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            # In this process's group: what ends that, ends it too.
            self._process = subprocess.Popen(self._command, env=self._environment, **streams)
        wait_until(lambda: not self.runs or self.ready in self._said(), STARTING)
        if not self.runs or self.ready not in self._said():
            self.end()
            raise AssertionError(self._said()[-2000:])

    def end(self) -> None:
        if self.runs:
            end(self._process.send_signal, lambda: self.runs, STOPPING)

    def kill(self) -> None:
        """By SIGKILL, as where the machine fails."""
        if self.runs:
            self._process.kill()
            self._process.wait()

    def _said(self) -> str:
        return self._log.read_text(errors="replace")


class Kubo(Engine):
    """A node that exchanges blocks with those of the same swarm key."""

    ready = "Daemon is ready"

    def __init__(self, folder: Path, swarm_key: str) -> None:
        self.repo = folder / "repo"
        self.swarm_port, self.api_port, self.gateway_port = free_ports(3)
        folder.mkdir()
        command, config = make_repo(
            self.repo,
            self.api_port,
            self.gateway_port,
            Addresses={"Swarm": [f"/ip4/127.0.0.1/tcp/{self.swarm_port}"]},
            Bitswap={"Libp2pEnabled": True, "ServerEnabled": True},
            Swarm={"Transports": {"Network": {"QUIC": False, "WebTransport": False, "WebRTCDirect": False}}},
        )
        (self.repo / "swarm.key").write_text(swarm_key)
        self.peer_id = config["Identity"]["PeerID"]
        super().__init__(command, {"LIBP2P_FORCE_PNET": "1"}, folder / "log")

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def multiaddr(self) -> str:
        return f"/ip4/127.0.0.1/tcp/{self.swarm_port}/p2p/{self.peer_id}"

    @property
    def client(self) -> Ipfs:
        return Ipfs(self.api, timeout=10)

    def rpc(self, name: str, **arguments: str) -> requests.Response:
        return requests.post(f"{self.api}/api/v0/{name}", params=arguments, timeout=30)

    def connect(self, other: "Kubo") -> None:
        assert self.rpc("swarm/connect", arg=other.multiaddr).ok


class ClusterPeer(Engine):
    """A peer of an IPFS Cluster (CRDT), which looks after one Kubo."""

    ready = "IPFS Cluster is READY"

    def __init__(self, folder: Path, binary: str, node: Kubo, secret: str, copies: int) -> None:
        self.folder, self.copies = folder, copies
        self.port, self.rest_port, self.service_port, proxy_port = free_ports(4)
        environment = {"IPFS_CLUSTER_PATH": str(folder), "CLUSTER_SECRET": secret}
        made = [binary, "init", "--consensus", "crdt", "--datastore", "leveldb"]
        subprocess.run(made, env=os.environ | environment, capture_output=True, check=True, timeout=STARTING)
        self.peer_id = json.loads((folder / "identity.json").read_text())["id"]
        config = json.loads((folder / "service.json").read_text())
        config["cluster"] |= {
            "peername": folder.name,
            "listen_multiaddress": [f"/ip4/127.0.0.1/tcp/{self.port}"],
            "replication_factor_min": copies,
            "replication_factor_max": copies,
            "monitor_ping_interval": "3s",
            "peer_watch_interval": "1s",
            "mdns_interval": "0s",
            "disable_repinning": False,
        }
        config["api"]["restapi"]["http_listen_multiaddress"] = f"/ip4/127.0.0.1/tcp/{self.rest_port}"
        config["api"]["pinsvcapi"] |= {
            "http_listen_multiaddress": f"/ip4/127.0.0.1/tcp/{self.service_port}",
            "basic_auth_credentials": {USER: SECRET},
        }
        config["api"]["ipfsproxy"] |= {
            "listen_multiaddress": f"/ip4/127.0.0.1/tcp/{proxy_port}",
            "node_multiaddress": f"/ip4/127.0.0.1/tcp/{node.api_port}",
        }
        config["ipfs_connector"]["ipfshttp"] |= {
            "node_multiaddress": f"/ip4/127.0.0.1/tcp/{node.api_port}",
            "connect_swarms_delay": "1s",
        }
        config["monitor"]["pubsubmon"]["check_interval"] = "1s"
        for each in ("disk", "tags"):
            config["informer"][each]["metric_ttl"] = "10s"
        (folder / "service.json").write_text(json.dumps(config))
        super().__init__([binary, "daemon"], environment, folder / "log")

    @property
    def rest(self) -> str:
        return f"http://127.0.0.1:{self.rest_port}"

    @property
    def rest_endpoint(self) -> Endpoint:
        return Endpoint.parse(self.rest)

    @property
    def service(self) -> str:
        """Its IPFS Pinning Service API."""
        return f"http://127.0.0.1:{self.service_port}"

    @property
    def multiaddr(self) -> str:
        return f"/ip4/127.0.0.1/tcp/{self.port}/p2p/{self.peer_id}"

    def know(self, others: "list[ClusterPeer]") -> None:
        (self.folder / "peerstore").write_text("\n".join(each.multiaddr for each in others if each is not self) + "\n")

    def token(self) -> str:
        """For its Pinning Service API."""
        said = requests.post(f"{self.service}/token", auth=(USER, SECRET), timeout=30)
        return str(said.json()["token"])


def swarm_key() -> str:
    return f"/key/swarm/psk/1.0.0/\n/base16/\n{os.urandom(32).hex()}\n"
