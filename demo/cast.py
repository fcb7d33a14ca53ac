"""Who plays: six agencies of a country that does not exist, each with a head and a liaison. All names are made up."""

from __future__ import annotations

from dataclasses import dataclass

from hutong.v1 import codes_pb2


@dataclass(frozen=True)
class Role:
    """One agency of the demo. ``adapter`` is the one that its node runs; none: it only receives."""

    code: str
    type: codes_pb2.AgencyType.ValueType
    name_zh: str
    name_en: str
    head: str
    liaison: str
    adapter: str = ""


CAST = (
    Role(
        "market",
        codes_pb2.AGENCY_TYPE_MARKET,
        "演示市监局",
        "Demo Market Regulation",
        "演示·马市长青",
        "演示·史小监",
        "market",
    ),
    Role("police", codes_pb2.AGENCY_TYPE_POLICE, "演示公安局", "Demo Police", "演示·龚安平", "演示·敬查明"),
    Role(
        "banking",
        codes_pb2.AGENCY_TYPE_BANKING,
        "演示银监局",
        "Demo Banking Regulator",
        "演示·尹建行",
        "演示·钱来往",
        "banking",
    ),
    Role("telecom", codes_pb2.AGENCY_TYPE_TELECOM, "演示通管局", "Demo Telecom", "演示·童新管", "演示·席线路"),
    Role(
        "cyberspace",
        codes_pb2.AGENCY_TYPE_CYBERSPACE,
        "演示网信办",
        "Demo Cyberspace Administration",
        "演示·王信达",
        "演示·罗网安",
        "cyberspace",
    ),
    Role("education", codes_pb2.AGENCY_TYPE_EDUCATION, "演示教育局", "Demo Education", "演示·焦育才", "演示·柯堂正"),
)
