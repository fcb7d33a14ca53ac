"""Match tokens: they let the hub see that two leads share an identifier without seeing the identifier (trust model in
docs: it does see equality, counts and timing).

    token = HMAC-SHA256(match key of the epoch, type || 0x00 || normalised identifier)

``type`` is the decimal number of the IdentifierType; the identifier is UTF-8 as ``hutong.identifiers.people``
normalises it, so that two agencies that wrote it differently still match.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from hashlib import sha256

from hutong.errors import HutongError
from hutong.v1.codes_pb2 import IdentifierType
from hutong.v1.envelope_pb2 import TokenSet

MAX_TOKENS = 1024
_STEP = 8


def match_token(match_key: bytes, kind: IdentifierType.ValueType, normalised: str) -> bytes:
    """The token of one identifier under the epoch's 32-byte key."""
    return hmac.digest(match_key, b"%d\x00%b" % (kind, normalised.encode()), "sha256")


def make_tokens(tokens: Iterable[bytes]) -> TokenSet:
    """A set of distinct ``tokens``, filled up to a multiple of 8 (at least 8) with random values and sorted, so that
    neither their number nor their order tells which are real. HT-ENV-01 above 1024."""
    real = set(tokens)
    if len(real) > MAX_TOKENS:
        raise HutongError("HT-ENV-01", part="tokens", size=32 * len(real), limit=32 * MAX_TOKENS)
    size = max(_STEP, -len(real) // _STEP * -_STEP)
    filling = (secrets.token_bytes(32) for _ in range(size - len(real)))
    return TokenSet(salt=secrets.token_bytes(32), tokens=sorted((*real, *filling)))


def padded(tokens: TokenSet) -> bool:
    """Whether the set has the shape that ``make_tokens`` gives it."""
    return len(tokens.tokens) > 0 and len(tokens.tokens) % _STEP == 0 and all(len(t) == 32 for t in tokens.tokens)


def tokens_digest(tokens: TokenSet) -> bytes:
    """header.tokens_sha256."""
    return sha256(b"hutong/tokens/v1\x00" + tokens.salt + b"".join(tokens.tokens)).digest()
