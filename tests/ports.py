"""Free ports of this machine for programs that tests start. None is given twice: it may be used much later."""

import random

from ape_ganache.program import is_free

# Below those that a system gives to whoever asks for any, which are often taken between a look and a program's start.
_PORTS = range(11_000, 32_768)
_choose = random.SystemRandom()  # not the one that Hypothesis seeds, the same in every process
_given: set[int] = set()


def free_port() -> int:
    """One of 127.0.0.1 that nobody has, and that was not given before."""
    while True:
        port = _choose.choice(_PORTS)
        if port not in _given and is_free(port):
            _given.add(port)
            return port


def free_ports(count: int) -> list[int]:
    """So many others."""
    return [free_port() for _ in range(count)]
