"""A message of TS 103 120 → drafts and dead letters, action by action."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from adapters.draft import DeadLetter, Draft
from adapters.telecom.etsi import answers, requests
from adapters.telecom.etsi.documents import Message
from hutong.errors import HutongError


def read(message: Message) -> Iterator[Draft | DeadLetter]:
    """Every statement in ``message``, in its order."""
    if message.response:
        yield answers.response(message)
        return
    others = []
    for action in message.actions:
        try:
            if action.sort == "DeliveryObject" and action.verb in ("DELIVER", "CREATE", "UPDATE"):
                yield from answers.delivery(message, action)
            elif action.sort == "NotificationObject" and action.verb in ("CREATE", "UPDATE"):
                yield answers.notification(message, action)
            else:
                others.append(action)
        except HutongError as error:
            # Paths of HT-ADP-210 lie inside the object.
            yield DeadLetter.of(action.where, error)
    yield from requests.read(replace(message, actions=tuple(others)))
