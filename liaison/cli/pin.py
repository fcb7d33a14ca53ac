"""The PIN of a signing key: from HUTONG_PIN or a prompt, never from an option that others could read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from liaison.cli.signals import interruptible

if TYPE_CHECKING:
    from hutong.signing.keys import SigningKey
    from hutong.tls.profile import Profile

LEAST = 6
"""Characters of a PIN. Guessing is slow (scrypt), and the file is private."""
_NAME = "HUTONG_PIN"


def unlock(read: Callable[[str | None], SigningKey], *, no_input: bool) -> tuple[SigningKey, str | None]:
    """The key that ``read(pin)`` gives, and the PIN that opened it; None where it needs none. HT-CLI-20, HT-SIG-08."""
    try:
        return read(None), None
    except HutongError as error:
        if error.code != "HT-SIG-08":
            raise
    pin = os.environ.get(_NAME) or _ask(say("cli-pin"), no_input=no_input)
    return read(pin), pin


def choose(*, no_input: bool) -> str:
    """A PIN for a new key, typed twice. HT-CLI-21 when it is too short."""
    pin = os.environ.get(_NAME) or _ask(say("cli-pin-new", least=LEAST), no_input=no_input, twice=True)
    if len(pin) < LEAST:
        raise HutongError("HT-CLI-21", least=LEAST)
    return pin


def key_source(*, no_input: bool) -> Callable[[Profile], SigningKey]:
    """What an office asks for its signing key."""
    return lambda profile: unlock(profile.signing_key, no_input=no_input)[0]


def _ask(text: str, *, no_input: bool, twice: bool = False) -> str:
    if no_input or not sys.stdin.isatty():
        raise HutongError("HT-CLI-20", name=_NAME)
    again = say("cli-pin-again") if twice else False
    with interruptible():
        return str(typer.prompt(text, hide_input=True, confirmation_prompt=again, err=True))
