"""A statement → what the market regulator's register takes in: a Lead as one complaint record in JSON.

The names are the register's own, so that the record reads back as the same Lead (records.py).
"""

from __future__ import annotations

import json

from adapters import cells, plain
from adapters.contract import NativeFile, OpenedStatement
from adapters.market import registry
from hutong.v1 import codes_pb2

_NAMES = {
    codes_pb2.IDENTIFIER_TYPE_COMPANY: "被投诉主体",
    codes_pb2.IDENTIFIER_TYPE_USCC: "统一社会信用代码",
    codes_pb2.IDENTIFIER_TYPE_PHONE: "被投诉主体电话",
    codes_pb2.IDENTIFIER_TYPE_URL: "网址",
    codes_pb2.IDENTIFIER_TYPE_DOMAIN: "网站",
    codes_pb2.IDENTIFIER_TYPE_APP: "应用名称",
    codes_pb2.IDENTIFIER_TYPE_BANK_ACCOUNT: "收款账号",
    codes_pb2.IDENTIFIER_TYPE_SOCIAL_ACCOUNT: "微信号",
    codes_pb2.IDENTIFIER_TYPE_PERSON_NAME: "负责人",
}


def render(statement: OpenedStatement) -> list[NativeFile]:
    """One JSON file; inquiries for registrations, and answers, as a CSV table. Other kinds, for which the register has
    no record, come in the contract's own JSON."""
    table = registry.rows(statement)
    if table is not None:
        data = cells.csv_bytes(table, bom=True)
        return [NativeFile(f"{statement.header.message_id.hex()}.csv", "text/csv", data)]
    if statement.header.WhichOneof("kind") != "lead" or statement.body.WhichOneof("content") != "lead":
        return plain.render(statement)
    data = json.dumps(record(statement), ensure_ascii=False, indent=1).encode()
    return [NativeFile(f"{statement.header.message_id.hex()}.json", "application/json", data)]


def record(statement: OpenedStatement) -> dict[str, str]:
    """A Lead as the register's record: column to text, empty ones left out."""
    header, body, lead = statement.header, statement.body, statement.body.lead
    # A draft that nobody has sent yet is still its own record.
    number = header.message_id.hex() if header.sender.agency else body.source_record
    said = {
        "线索编号": number,
        "来源系统": header.sender.agency,
        "来源编号": body.source_record if header.sender.agency else "",
        "登记日期": header.lead.received_on,
        "标题": lead.title,
        "问题类别": lead.summary,
        "投诉内容": lead.narrative or lead.summary or lead.title,
        "发生时间": lead.occurred_on,
        "发生地": lead.place,
        "行政区划代码": next(iter(header.facts.occurrence_regions), ""),
        "是否保密": "是" if header.lead.informant_confidential else "",
    }
    for index, money in enumerate(lead.amounts, 1):
        said["涉及金额" if index == 1 else f"涉及金额（{index}）"] = f"{money.value} {money.currency}".strip()
    for subject in lead.subjects:
        for identifier in subject.identifiers:
            _add(said, _NAMES.get(identifier.type, "其他标识"), identifier.value)
    for indicator in lead.indicators:
        _add(said, "技术指标", indicator.value or indicator.pattern)
    for extra in body.extras:
        _add(said, extra.path, extra.value)
    return {name: value for name, value in said.items() if value}


def _add(said: dict[str, str], name: str, value: str) -> None:
    """A second value of one name gets a number in brackets, which reading takes for a unit and leaves aside."""
    count = 1
    key = name
    while said.get(key):
        count += 1
        key = f"{name}（{count}）"
    said[key] = value
