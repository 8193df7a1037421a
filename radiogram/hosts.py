"""Other hosts: which are this computer, or one and the same; and a request that says nothing of who asks."""

import ipaddress

import requests


def is_loopback(host: str) -> bool:
    """Whether a name or an address (of IPv6 without its brackets) is this computer's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def one_name(host: str) -> str:
    """The same text for all names and addresses of this computer's own, and for all ways to write one of another."""
    if is_loopback(host):
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.casefold().removesuffix(".")


def no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """As `auth` of a request: none, not even those that this computer keeps for the host (.netrc)."""
    return request
