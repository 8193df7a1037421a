"""Free ports of this machine for programs that tests start. None is given twice: it may be used much later."""

from ape_ganache.program import free_ports as free

_given: set[int] = set()


def free_port() -> int:
    """One of 127.0.0.1 that nobody has, and that was not given before."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """So many others."""
    ports: list[int] = []
    while len(ports) < count:
        ports += set(free(count - len(ports))) - _given
        _given.update(ports)
    return ports
