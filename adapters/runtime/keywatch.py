"""Key watch: an agency's keys are its own word. One that stands in the log for this agency and that nobody here made or
confirmed raises an alarm, because whoever bound it can sign, open or connect in the agency's name. So does a
registration that names another head, first key, type or place than before.

People come and go on the head's word: a contact's key passes without a question if it is bound by the key of the head
who is known here. That signature the node has verified itself, and no hub can make it. Whatever would let somebody else
be the agency or its head is asked about all the same, whoever bound it: what opens bodies, signs or connects for the
agency itself, and every further key of the head.

Every look also fetches the directory and checks that the hub's log only ever grows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

from adapters.runtime.link import Link
from adapters.runtime.settings import NodeSettings
from adapters.runtime.store import Store
from adapters.runtime.troubles import Troubles
from hutong.directory.records import Agency, Key
from hutong.errors import HutongError
from hutong.tls.profile import Profile
from hutong.v1 import codes_pb2

ALARM = "HT-NOD-10"
REGISTRATION = "HT-NOD-25"
_FIRST_LOOK = "first_look"
_OF_A_CONTACT = (codes_pb2.KEY_USE_OFFICER, codes_pb2.KEY_USE_TLS)


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
        """Compare the own agency's keys and registration in the directory with those known here."""
        directory, own = self.link.directory, self.link.profile.agency
        keys = [key for key in directory.records.keys.values() if key.agency == own]
        agency = directory.records.agencies.get(own)
        with self.store.transaction():
            self._learn((keyid, "made here") for keyid in made_here(self.link.profile))
            self._learn((keyid, "first login") for keyid in self.link.profile.founding_keys())
            self._learn((keyid, "node.toml") for keyid in self.settings.known_keys)
            if keys and agency and self.store.recall(_FIRST_LOOK) is None:
                self._first_look(agency, keys)
            if agency:
                self._take_the_heads_word(agency, keys)
            known = self._known()
            for key in keys:
                self._judge(_unknown(key), key.keyid, key.keyid in known)
            if agency:
                changed = registration(agency)
                self._judge(_changed(agency), changed, changed in known)

    def _first_look(self, agency: Agency, keys: Iterable[Key]) -> None:
        """People's keys from before the node's first day are the head's business, if it is the head's key that bound
        them; keys that open bodies or sign for the agency itself never pass without having been made or confirmed
        here. The registration counts if it names a key known here."""
        known = self._known()
        foreign = {key.keyid for key in self.link.directory.foreign_keys(agency.code, known)}
        self._learn((key.keyid, "first look") for key in keys if key.holder and key.keyid not in foreign)
        if agency.head_keyid in known:
            self._learn([(registration(agency), "first look")])
        self.store.remember(_FIRST_LOOK, self.clock())

    def _take_the_heads_word(self, agency: Agency, keys: Iterable[Key]) -> None:
        """Learn the keys of contacts that the head bound.

        Only the head's: a key known here, not revoked since, of the head whom a registration known here names. A hub
        that registers one of the agency's own people as its head gets nobody past this, even if it takes it back.
        """
        known, records = self._known(), self.link.directory.records.keys
        if registration(agency) not in known:
            return
        for key in keys:
            binder = records.get(self.link.directory.bound_by.get(key.keyid, ""))
            if binder is None or binder.keyid not in known or binder.revoked_at:
                continue
            of_a_contact = key.holder not in ("", agency.head_contact) and key.use in _OF_A_CONTACT
            if of_a_contact and (binder.holder, binder.use) == (agency.head_contact, codes_pb2.KEY_USE_OFFICER):
                self._learn([(key.keyid, "the head's word")])

    def _judge(self, alarm: HutongError, subject: str, known: bool) -> None:
        if known:
            self.troubles.clear(alarm.code, subject)
        else:
            self.troubles.raise_(alarm, subject)

    def _known(self) -> set[str]:
        return {row["keyid"] for row in self.store.all("SELECT keyid FROM known_keys")}

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


def registration(agency: Agency) -> str:
    """What an agency is registered as, as 64 hex digits: confirmed in the same way as a key."""
    facts = [agency.code, agency.type, agency.level, agency.region, agency.parent, agency.desks]
    return sha256(json.dumps([*facts, agency.head_contact, agency.head_keyid]).encode()).hexdigest()


def _changed(agency: Agency) -> HutongError:
    named = codes_pb2.AgencyType.Name(codes_pb2.AgencyType.ValueType(agency.type)).removeprefix("AGENCY_TYPE_").lower()
    return HutongError(
        REGISTRATION,
        head=agency.head_contact,
        keyid=agency.head_keyid,
        type=named,
        region=agency.region,
        registration=registration(agency),
    )


def _unknown(key: Key) -> HutongError:
    use = codes_pb2.KeyUse.Name(codes_pb2.KeyUse.ValueType(key.use)).removeprefix("KEY_USE_").lower()
    return HutongError(ALARM, keyid=key.keyid, use=use, holder=key.holder or key.agency, index=key.order)
