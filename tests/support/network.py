"""No test talks to anything but this machine."""

import ipaddress
import socket
from typing import Any

LOCAL_NAMES = ("localhost", "")


class ForeignNetwork(AssertionError):
    """A test, or the code it runs, tried to reach another machine."""


def is_local(host: str) -> bool:
    """Tell whether a host name or address is this machine."""
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def guarded_connect(connect: Any) -> Any:
    """Return `socket.connect` with foreign addresses refused."""

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not is_local(str(address[0])):
            self.close()
            raise ForeignNetwork(f"no test may connect to {address!r}")
        return connect(self, address)

    return guarded
