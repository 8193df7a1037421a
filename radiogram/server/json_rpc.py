"""What a page may ask of the chain: JSON-RPC 2.0 calls that read, alone or in a batch."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NoReturn

from aiohttp import web

from radiogram.errors import Refusal
from radiogram.nested_json import parse_json
from radiogram.server.bodies import Patience, at_most, in_time

METHODS = frozenset(
    {
        "eth_blockNumber",
        "eth_call",
        "eth_chainId",
        "eth_estimateGas",
        "eth_feeHistory",
        "eth_gasPrice",
        "eth_getBalance",
        "eth_getBlockByHash",
        "eth_getBlockByNumber",
        "eth_getCode",
        "eth_getLogs",
        "eth_getTransactionByHash",
        "eth_getTransactionCount",
        "eth_getTransactionReceipt",
        "eth_maxPriorityFeePerGas",
        "net_version",
    }
)
"""All that is passed on to the chain. To send is the wallet's."""

MAX_QUESTION = 256_000  # bytes of JSON
MAX_BATCH = 50  # calls


async def read_question(request: web.Request, patience: Patience) -> Any:  # noqa: ANN401 - JSON
    """The call, or list of calls, that a page makes: what is known of it, and nothing else. Raises Refusal."""
    if request.content_type != "application/json":
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a question to the chain is application/json")
    try:
        body = await in_time(at_most(MAX_QUESTION, request.content), patience)
    except ValueError:
        raise Refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a question has at most {MAX_QUESTION} bytes", "ask in parts"
        ) from None
    try:
        said = parse_json(body, parse_constant=_no_number)
    except ValueError:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the question is not JSON") from None
    if not isinstance(said, list):
        return _call(said)
    if not 1 <= len(said) <= MAX_BATCH:
        raise Refusal(HTTPStatus.BAD_REQUEST, f"a batch has 1 to {MAX_BATCH} calls, not {len(said)}")
    return [_call(call) for call in said]


def _call(said: object) -> dict[str, object]:
    """A JSON-RPC 2.0 call that pages may make. Raises Refusal."""
    match said:
        case {"jsonrpc": "2.0", "id": (int() | str()) as number, "method": str(method), **rest}:
            params = rest.get("params", [])
        case _:
            raise Refusal(HTTPStatus.BAD_REQUEST, "a question is a JSON-RPC 2.0 call with an id, or a list of them")
    if method not in METHODS:
        raise Refusal(HTTPStatus.BAD_REQUEST, f"{method[:50]!r} is not asked through this site", "use your wallet")
    if not isinstance(params, list):
        raise Refusal(HTTPStatus.BAD_REQUEST, f"the parameters of {method} are a list")
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
