"""Write what pages and commands know of the contract, from contracts/: `python tools/abi.py`.

    web/src/chain/generated/ImageInbox.ts    for the pages: its address, its ABI
    radiogram/chain/ImageInbox.json          for the package: its address, its ABI, its init code, the compiler
    radiogram/chain/ImageInbox.input.json    solc's standard JSON input, as Sourcify and explorers take it
    radiogram/chain/solady-licence.txt       of the library whose source is in that input

The init code is that of this input with tools/solc-settings.json: without metadata, so that neither a comment nor a
path changes it, and with it the address. `--check` writes nothing, and says with exit status 1 that a file is not what
the contract gives. Needs the environment of `make setup-dev`, active.
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
INPUT = COMPILED.with_name("ImageInbox.input.json")
LICENCE = COMPILED.with_name("solady-licence.txt")
CONTRACT = "contracts/ImageInbox.sol", "ImageInbox"
SOLC = ROOT / "tools" / "solc-launcher.mjs"
SETTINGS = ROOT / "tools" / "solc-settings.json"
SOLADY = ROOT / "node_modules" / "solady" / "src" / "utils"
PRETTIER = WEB / "node_modules" / ".bin" / "prettier"
# Names of Solidity's structs, which no caller sees.
LEFT_OUT = {"internalType"}


def sources() -> dict[str, str]:
    """The text of each Solidity file that the contract is made of, by the name that it is imported under."""
    own = [*(ROOT / "contracts").glob("*.sol"), *(ROOT / "interfaces").glob("*.sol")]
    texts = {str(path.relative_to(ROOT)): path.read_text() for path in sorted(own)}
    libraries = {f"solady/src/utils/{path.name}": path for path in sorted(SOLADY.glob("*.sol"))}
    return texts | {
        name: path.read_text() for name, path in libraries.items() if any(name in text for text in texts.values())
    }


def standard_json(texts: dict[str, str]) -> dict[str, Any]:
    """Solc's input for these sources, as the contract is released."""
    wanted = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]
    return {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in texts.items()},
        "settings": json.loads(SETTINGS.read_text()) | {"outputSelection": {"*": {CONTRACT[1]: wanted}}},
    }


def compiled(texts: dict[str, str]) -> dict[str, Any]:
    """What solc makes of ImageInbox in these sources: `abi`, `evm.bytecode.object`, `evm.deployedBytecode.object`."""
    given = json.dumps(standard_json(texts))
    done = subprocess.run([str(SOLC), "--standard-json"], input=given, capture_output=True, text=True, check=True)
    output = json.loads(done.stdout)
    if errors := [error["formattedMessage"] for error in output.get("errors", ()) if error["severity"] == "error"]:
        sys.exit("abi: " + "\n".join(errors))
    made: dict[str, Any] = output["contracts"][CONTRACT[0]][CONTRACT[1]]
    return made


def compiler_version() -> str:
    """As `0.8.37+commit.f401782d`."""
    done = subprocess.run([str(SOLC), "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def generated() -> dict[Path, str]:
    """The text of each file for the contract as it is."""
    from radiogram.chain.deployment import deterministic_address

    texts = sources()
    made = compiled(texts)
    abi = without(made["abi"])
    initcode = bytes.fromhex(made["evm"]["bytecode"]["object"])
    address = deterministic_address(initcode)
    return {
        TYPESCRIPT: laid_out(
            "// Made by tools/abi.py from contracts/ImageInbox.sol: do not edit.\n\n"
            "/** Where the contract is, on every chain (CREATE2 through the common factory). */\n"
            f"export const IMAGE_INBOX_ADDRESS = {json.dumps(address)} as const;\n\n"
            "/** Its functions, events and errors. */\n"
            f"export const imageInboxAbi = {json.dumps(abi)} as const;\n"
        ),
        COMPILED: json.dumps(
            {
                "contractName": CONTRACT[1],
                "contractIdentifier": ":".join(CONTRACT),
                "compilerVersion": compiler_version(),
                "address": address,
                "abi": abi,
                "deploymentBytecode": {"bytecode": "0x" + initcode.hex()},
            },
            indent=1,
        )
        + "\n",
        INPUT: json.dumps(standard_json(texts), indent=1) + "\n",
        LICENCE: (SOLADY.parents[1] / "LICENSE.txt").read_text(),
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
