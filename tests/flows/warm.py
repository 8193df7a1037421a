"""What commands import from others, imported once for all of them (tests/flows/ape_run.py): nothing of this project.

A module that is not named here costs each command its time, and nothing else. Nor does a command look for the plugins
of Ape again, for which Ape reads what is written of every installed package.
"""

import gc
import os
import sys
from importlib import import_module
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # threads do not survive a fork

_MODULES = [
    "ape._cli",
    "ape.contracts.base",
    "ape.managers.accounts",
    "ape.managers.chain",
    "ape.managers.compilers",
    "ape.managers.converters",
    "ape.managers.networks",
    "ape.managers.plugins",
    "ape.managers.project",
    "ape_accounts.accounts",
    "ape_cache.config",
    "ape_compile.config",
    "ape_console.config",
    "ape_ethereum._converters",
    "ape_ethereum.ecosystem",
    "ape_ethereum.provider",
    "ape_ethereum.proxies",
    "ape_foundry.provider",
    "ape_ganache.provider",
    "ape_networks.config",
    "ape_node.provider",
    "ape_pm.project",
    "ape_run._cli",
    "ape_solidity.compiler",
    "ape_test.accounts",
    "bech32",
    "cbor2",
    "click._textwrap",
    "Crypto.Cipher.AES",
    "cryptography.hazmat.primitives.asymmetric.mlkem",
    "cryptography.hazmat.primitives.asymmetric.x25519",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.hpke",
    "cryptography.hazmat.primitives.kdf.hkdf",
    "cryptography.hazmat.primitives.kdf.scrypt",
    "ecies",
    "eip712",
    "eth_account",
    "eth_hash.backends.pycryptodome",
    "filecmp",
    "getpass",
    "ipfshttpclient",
    "numpy",
    "pandas",
    "PIL.Image",
    "psutil",
    "pydicom",
    "rich.progress",
    "rich.table",
    "web3",
]
for _name in _MODULES:
    import_module(_name)
_plugins = import_module("ape.utils.basemodel").ManagerAccessMixin.plugin_manager
list(_plugins.projects)  # whatever is asked for first: all plugins are registered then
_ = import_module("ape._cli").cli.cli_entrypoints  # Ape's own commands, which it looks for in the same way

# Where a new interpreter looks for modules: not in this project's folder.
PATH = [each for each in sys.path if each not in ("", str(Path.cwd()))]

gc.collect()
gc.freeze()  # what a fork shares with its parent stays shared
