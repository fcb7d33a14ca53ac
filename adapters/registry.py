"""Which adapters are installed: entry points of the group ``hutong.adapters`` (packaging.python.org, entry points)."""

from __future__ import annotations

from importlib.metadata import entry_points

from adapters.contract import Adapter
from hutong.errors import HutongError

GROUP = "hutong.adapters"

AGENCIES = ("banking", "police", "telecom", "cyberspace", "education", "market", "platform")
"""The systems that the hub is built for; a province may install adapters for more."""


def installed() -> tuple[str, ...]:
    """Names of the installed adapters, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def known() -> tuple[str, ...]:
    """Every agency that can be asked for: the built-in list and whatever is installed beside it."""
    return tuple(dict.fromkeys((*AGENCIES, *installed())))


def load(agency: str) -> Adapter:
    """The adapter of ``agency``. HT-ADP-02 for an agency nobody knows, HT-ADP-01 when its adapter is not installed,
    HT-ADP-03 when what is installed is no adapter."""
    if agency not in known():
        raise HutongError("HT-ADP-02", agency=agency, known=", ".join(known()))
    points = [point for point in entry_points(group=GROUP) if point.name == agency]
    if not points:
        raise HutongError("HT-ADP-01", agency=agency)
    try:
        adapter = points[0].load()
    except (ImportError, AttributeError) as error:
        raise HutongError("HT-ADP-03", agency=agency, entry=points[0].value) from error
    if not isinstance(adapter, Adapter):
        raise HutongError("HT-ADP-03", agency=agency, entry=points[0].value)
    return adapter
