"""Write what pages and commands know of the contract, from contracts/: `python tools/abi.py`.

    web/src/chain/generated/ImageInbox.ts    for the pages: its address, its ABI
    radiogram/chain/ImageInbox.json          for the package: its ABI, its creation code

`--check` writes nothing, and says with exit status 1 that a file is not what the contract gives. Needs the environment
of `make setup-dev`, active.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
TYPESCRIPT = WEB / "src" / "chain" / "generated" / "ImageInbox.ts"
COMPILED = ROOT / "radiogram" / "chain" / "ImageInbox.json"
PRETTIER = WEB / "node_modules" / ".bin" / "prettier"
# Names of Solidity's structs, which no caller sees.
LEFT_OUT = {"internalType"}


def generated() -> dict[Path, str]:
    """The text of each file for the contract as it is."""
    from ape import Project
    from ape.logging import LogLevel, logger

    from radiogram.chain.deployment import deterministic_address

    logger.set_level(LogLevel.ERROR)
    contract = Project(ROOT).ImageInbox.contract_type
    abi = [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in contract.abi]
    initcode = bytes(contract.get_deployment_bytecode() or b"")
    return {
        TYPESCRIPT: laid_out(
            "// Made by tools/abi.py from contracts/ImageInbox.sol: do not edit.\n\n"
            "/** Where the contract is, on every chain (CREATE2 through the common factory). */\n"
            f"export const IMAGE_INBOX_ADDRESS = {json.dumps(deterministic_address(initcode))} as const;\n\n"
            "/** Its functions, events and errors. */\n"
            f"export const imageInboxAbi = {json.dumps(without(abi))} as const;\n"
        ),
        COMPILED: json.dumps(
            {
                "contractName": "ImageInbox",
                "abi": abi,
                "deploymentBytecode": {"bytecode": "0x" + initcode.hex()},
            },
            indent=1,
        )
        + "\n",
    }


def without(value: Any) -> Any:  # noqa: ANN401
    """JSON less the members that are left out."""
    if isinstance(value, list):
        return [without(item) for item in value]
    if isinstance(value, dict):
        return {key: without(item) for key, item in value.items() if key not in LEFT_OUT}
    return value


def laid_out(text: str) -> str:
    """TypeScript as the pages' own formatter writes it."""
    # Under a name in the folder above: generated files are not the formatter's to check, and it would leave them be.
    command = [str(PRETTIER), "--stdin-filepath", TYPESCRIPT.name]
    done = subprocess.run(command, cwd=WEB, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"abi: prettier failed: {done.stderr.strip()}")
    return done.stdout


def main() -> int:
    if not PRETTIER.exists():
        sys.exit("abi: web/node_modules is missing: make setup-dev")
    checking = "--check" in sys.argv[1:]
    for file, text in generated().items():
        if not checking:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            print(f"abi: {file.relative_to(ROOT)} is not what the contract gives: python tools/abi.py", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
