"""What one agency is to another, over all the ways in which agencies can stand."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from hutong.directory.records import Agency, Directory
from hutong.identifiers.divisions import covers
from rules.relation import Relation, relation, superiors

REGIONS = ("100000", "450000", "450100", "450102", "450200", "320000", "320100")


def agency(code: str, parent: str = "", region: str = "100000", mandated: bool = False) -> Agency:
    return Agency(code, 1, 1, region, parent, (), "c" + "0" * 12, "0" * 64, 0, mandated)


@st.composite
def forests(draw: st.DrawFn) -> Directory:
    """Up to eight agencies, each under an earlier one, under one that nobody knows, or under none."""
    codes = [f"a{number}" for number in range(draw(st.integers(2, 8)))]
    return Directory().with_records(
        agency(
            code,
            draw(st.sampled_from(["", "gone", *codes[:number]])),
            draw(st.sampled_from(REGIONS)),
            draw(st.booleans()),
        )
        for number, code in enumerate(codes)
    )


def above(directory: Directory, one: str, other: str) -> bool:
    """Whether ``one`` stands above ``other``, step by step from below."""
    parent = directory.agencies[other].parent
    return parent in directory.agencies and (parent == one or above(directory, one, parent))


def holds(directory: Directory, one: str, other: str) -> dict[Relation, bool]:
    """Each of the five by a definition of its own."""
    apart = one != other and not above(directory, one, other) and not above(directory, other, one)
    sender, recipient = directory.agencies[one], directory.agencies[other]
    pressed = sender.mandated and covers(sender.region, recipient.region)
    return {
        Relation.SELF: one == other,
        Relation.SUPERIOR: above(directory, one, other),
        Relation.SUBORDINATE: above(directory, other, one),
        Relation.MANDATED: apart and pressed,
        Relation.PEER: apart and not pressed,
    }


@given(forests())
def test_exactly_one_of_five(directory: Directory) -> None:
    for one, other in product(directory.agencies, repeat=2):
        assert [name for name, held in holds(directory, one, other).items() if held] == [
            relation(directory, one, other)
        ]


@given(forests())
def test_superior_and_subordinate_are_each_the_others_inverse(directory: Directory) -> None:
    for one, other in product(directory.agencies, repeat=2):
        there, back = relation(directory, one, other), relation(directory, other, one)
        assert (there == Relation.SUPERIOR) == (back == Relation.SUBORDINATE)
        assert (there == Relation.SELF) == (back == Relation.SELF)


def test_a_mandate_reaches_as_far_as_its_region_and_never_above() -> None:
    directory = Directory().with_records(
        [
            agency("ministry"),
            agency("province", "ministry", "450000"),
            agency("office", "province", "450000", mandated=True),
            agency("city", "province", "450100"),
            agency("county", "city", "450102"),
            agency("elsewhere", "", "320100"),
            agency("nation-office", "", "100000", mandated=True),
            agency("plain", "", "450000"),
        ]
    )
    said = {
        ("office", "county"): Relation.MANDATED,
        ("office", "plain"): Relation.MANDATED,
        ("office", "province"): Relation.SUBORDINATE,
        ("office", "ministry"): Relation.SUBORDINATE,
        ("province", "office"): Relation.SUPERIOR,
        ("office", "elsewhere"): Relation.PEER,
        ("office", "nation-office"): Relation.PEER,
        ("nation-office", "office"): Relation.MANDATED,
        ("nation-office", "ministry"): Relation.MANDATED,
        ("county", "office"): Relation.PEER,
        ("plain", "county"): Relation.PEER,
        ("ministry", "county"): Relation.SUPERIOR,
        ("county", "nobody"): Relation.PEER,
        ("nobody", "county"): Relation.PEER,
    }
    assert {pair: relation(directory, *pair) for pair in said} == said
    assert superiors(directory, "county") == ("city", "province", "ministry") and superiors(directory, "nobody") == ()


def test_a_ring_ends() -> None:
    directory = Directory().with_records([agency("one", "two"), agency("two", "one")])
    assert superiors(directory, "one") == ("two", "one")
