"""Other hosts: whether one is this computer, and a request to it that says nothing of who asks."""

import ipaddress

import requests


def is_loopback(host: str) -> bool:
    """Whether a name or an address (of IPv6 without its brackets) is this computer's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """As `auth` of a request: none, not even those that this computer keeps for the host (.netrc)."""
    return request
