"""Key watch: an agency's keys are its own word. One that stands in the log for this agency and that nobody here made or
confirmed raises an alarm, because whoever bound it can sign, open or connect in the agency's name.

Every look also fetches the directory and checks that the hub's log only ever grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from adapters.runtime.link import Link
from adapters.runtime.settings import NodeSettings
from adapters.runtime.store import Store
from adapters.runtime.troubles import Troubles
from hutong.directory.records import Key
from hutong.errors import HutongError
from hutong.tls.profile import Profile
from hutong.v1 import codes_pb2

ALARM = "HT-NOD-10"
_FIRST_LOOK = "first_look"


@dataclass
class KeyWatch:
    """Looks at directory, keys and checkpoint. ``changed`` is told when the directory has moved on."""

    link: Link
    store: Store
    troubles: Troubles
    settings: NodeSettings
    clock: Callable[[], int]
    changed: Callable[[], None]

    async def step(self) -> bool:
        """One look. HT-DIR-16 or HT-CLI-12 when the hub contradicts itself or its proofs."""
        before = self.link.directory.next_index
        await self.link.refresh()
        self.look()
        if self.link.directory.next_index != before:
            self.changed()
        await self.link.hub.settle()
        await self.link.hub.checkpoint()
        return False

    def look(self) -> None:
        """Compare the own agency's keys in the directory with those known here."""
        keys = [key for key in self.link.directory.records.keys.values() if key.agency == self.link.profile.agency]
        with self.store.transaction():
            self._learn((keyid, "made here") for keyid in made_here(self.link.profile))
            self._learn((keyid, "node.toml") for keyid in self.settings.known_keys)
            if keys and self.store.recall(_FIRST_LOOK) is None:
                # People's keys from before the node's first day are the head's business; keys that open bodies or
                # sign for the agency itself never pass without having been made or confirmed here.
                self._learn((key.keyid, "first look") for key in keys if key.holder)
                self.store.remember(_FIRST_LOOK, self.clock())
            known = {row["keyid"] for row in self.store.all("SELECT keyid FROM known_keys")}
            for key in keys:
                if key.keyid in known:
                    self.troubles.clear(ALARM, key.keyid)
                else:
                    self.troubles.raise_(_unknown(key), key.keyid)

    def _learn(self, keys: Iterable[tuple[str, str]]) -> None:
        for keyid, how in keys:
            learn(self.store, keyid, how, self.clock())


def learn(store: Store, keyid: str, how: str, now: int) -> None:
    """Note that ``keyid`` is known here, and how it came to be."""
    store.execute("INSERT OR IGNORE INTO known_keys VALUES (?, ?, ?)", keyid, how, now)


def made_here(profile: Profile) -> list[str]:
    """Key ids of the private keys that lie in the node's profile."""
    found = [profile.signing_key().keyid, profile.tls_key().keyid, *profile.opening_keys()]
    if (profile.path / "recovery.key").exists():
        try:
            found.append(profile.recovery_key().keyid)
        except HutongError as error:
            # Under a password: nobody can tell here whose it is, so it is confirmed by hand like one kept in a safe.
            if error.code != "HT-SIG-08":
                raise
    return found


def _unknown(key: Key) -> HutongError:
    use = codes_pb2.KeyUse.Name(codes_pb2.KeyUse.ValueType(key.use)).removeprefix("KEY_USE_").lower()
    return HutongError(ALARM, keyid=key.keyid, use=use, holder=key.holder or key.agency, index=key.order)
