"""Notices by webhook: a signed POST to the URL that a contact's card names, at a host that the operator has allowed.

Of the answer only the status is looked at: no redirect is followed, no body is read, no cookie is kept.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from yarl import URL

from hub.notices import wording
from hub.notices.letter import Letter
from hutong.errors import HutongError
from hutong.signing import detached
from hutong.signing.keys import SigningKey
from hutong.tls.names import is_loopback

CONTENT_TYPE = "application/vnd.hutong.notice.v1+json"
_HTTPS = 443
_LONGEST = 2048
_TIMES = aiohttp.ClientTimeout(total=20, connect=10)
_LATER = (408, 425, 429)


@dataclass
class Webhooks:
    """Calls webhooks in the name of the log ``origin``, signed with its ``key``."""

    origin: str
    key: SigningKey
    hosts: Collection[str]
    """``host`` (port 443) or ``host:port``, as the operator allows them."""
    ca_file: Path | None = None
    plain_on_loopback: bool = False
    """http to a loopback address is taken as well: for hubs that only demonstrate."""
    _session: aiohttp.ClientSession | None = field(default=None, init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def send(self, letter: Letter, url: str) -> None:
        """Taken by the other side once it returns. HT-NTC-03, -04, -05 for good; -06, -07, -08 for now."""
        target = self._allowed(url)
        told = wording.fields(letter.said, self.origin, letter.cause, letter.contact, letter.made_at)
        body = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
        headers = {"Content-Type": CONTENT_TYPE, detached.HEADER: detached.sign(body, CONTENT_TYPE, self.key)}
        session = await self._open()
        try:
            async with session.post(target, data=body, headers=headers, allow_redirects=False) as answer:
                status = answer.status
                # Whatever else comes, a line or a flood, stays unread.
                answer.close()
        except (aiohttp.ClientSSLError, ssl.SSLError):
            # From None: what others' exceptions say holds the address.
            raise HutongError("HT-NTC-08") from None
        except (aiohttp.ClientError, OSError, TimeoutError):
            raise HutongError("HT-NTC-07") from None
        if not 200 <= status < 300:
            passing = status >= 500 or status in _LATER
            raise HutongError("HT-NTC-06" if passing else "HT-NTC-05", status=status)

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()

    def _allowed(self, url: str) -> URL:
        target = _parsed(url)
        plain = self.plain_on_loopback and target.scheme == "http" and is_loopback(f"{target.host}:{target.port}")
        if target.scheme != "https" and not plain:
            raise HutongError("HT-NTC-03")
        named = f"{target.host}:{target.port}" in self.hosts
        if not named and not (target.host in self.hosts and target.port == _HTTPS):
            raise HutongError("HT-NTC-04")
        return target

    async def _open(self) -> aiohttp.ClientSession:
        async with self._turn:
            if self._session is None:
                try:
                    context = await asyncio.to_thread(ssl.create_default_context, cafile=self.ca_file)
                except OSError:
                    raise HutongError("HT-NTC-08") from None
                self._session = _session(context)
            return self._session


def _session(context: ssl.SSLContext) -> aiohttp.ClientSession:
    """Neither a proxy nor a login from the environment of whoever started the hub has a part in this."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context, force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=_TIMES,
        trust_env=False,
        auto_decompress=False,
        skip_auto_headers=("User-Agent",),
    )


def _parsed(url: str) -> URL:
    """The URL as the client reads it; HT-NTC-03 where a login, a space, a control character or non-ASCII is in it."""
    try:
        parsed = URL(url)
        usable = bool(parsed.host and parsed.port) and parsed.raw_user is None and parsed.raw_password is None
    except ValueError:
        usable = False
    if not usable or len(url) > _LONGEST or not all("!" <= char <= "~" for char in url):
        raise HutongError("HT-NTC-03")
    return parsed
