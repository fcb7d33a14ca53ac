"""Who plays: a government and six agencies below it, in a country that does not exist. Each has a head and a liaison,
two have further officers. All names are made up."""

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
    parent: str = "government"
    deputy: str = ""
    officer: str = ""
    """Names of further people; none: the agency has nobody in that post."""
    coordinates: bool = False
    """Whether the liaison is also whom the ladders of the agencies below reach."""

    @property
    def people(self) -> int:
        """How many named contacts it has."""
        return sum(map(bool, (self.head, self.liaison, self.deputy, self.officer)))


CAST = (
    Role(
        "government",
        codes_pb2.AGENCY_TYPE_LOCAL_GOVERNMENT,
        "演示政府",
        "Demo Government",
        "演示·郑令行",
        "演示·谢调度",
        parent="",
        coordinates=True,
    ),
    Role(
        "market",
        codes_pb2.AGENCY_TYPE_MARKET,
        "演示市监局",
        "Demo Market Regulation",
        "演示·马市长青",
        "演示·史小监",
        "market",
    ),
    Role(
        "police",
        codes_pb2.AGENCY_TYPE_POLICE,
        "演示公安局",
        "Demo Police",
        "演示·龚安平",
        "演示·敬查明",
        deputy="演示·代安民",
        officer="演示·林调离",
    ),
    Role(
        "banking",
        codes_pb2.AGENCY_TYPE_BANKING,
        "演示银监局",
        "Demo Banking Regulator",
        "演示·尹建行",
        "演示·钱来往",
        "banking",
    ),
    Role(
        "telecom",
        codes_pb2.AGENCY_TYPE_TELECOM,
        "演示通管局",
        "Demo Telecom",
        "演示·童新管",
        "演示·席线路",
        deputy="演示·傅替班",
        officer="演示·李岗位",
    ),
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
