"""Refuse every network connection but those that stay on this machine.

An audit hook sees each connection and each name look-up of the process, whichever library makes it, before it happens.
It cannot be taken out again, which is what a guard wants.
"""

import ipaddress
import socket
import sys

# Event names of CPython's audit table, with where each keeps the host or the address.
NAME_EVENTS = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.gethostbyaddr": 0}
ADDRESS_EVENTS = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}
LOCAL_NAMES = {"", "localhost", "localhost.localdomain", socket.gethostname().lower()}


class NetworkBlocked(RuntimeError):
    """A test or a notebook tried to reach another machine."""


def is_local(host):
    """Whether `host` (a name, an address or None) means this machine."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host.lower() in LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse_remote(event, arguments):
    """The audit hook: raises `NetworkBlocked` for a host elsewhere; unix sockets have no host and pass."""
    if event in NAME_EVENTS:
        host = arguments[NAME_EVENTS[event]]
    elif event in ADDRESS_EVENTS and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not is_local(host):
        raise NetworkBlocked(f"no network in tests: {event} to {host!r}. Everything that a notebook needs is in data/.")


def install():
    """Put the hook into this process, once."""
    if not getattr(sys, "_groundup_no_network", False):
        sys._groundup_no_network = True
        sys.addaudithook(refuse_remote)
