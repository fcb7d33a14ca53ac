"""The native form of a statement for which an agency's system has none of its own: the contract's JSON, for people.

Nothing that arrives may be lost because a system knows no format for it.
"""

from __future__ import annotations

import json

from google.protobuf.json_format import MessageToDict

from adapters.contract import NativeFile, OpenedStatement

MEDIA_TYPE = "application/json"


def render(statement: OpenedStatement) -> list[NativeFile]:
    """One JSON file: header and body in protobuf JSON with the names of the .proto files."""
    said = {
        "header": MessageToDict(statement.header, preserving_proto_field_name=True),
        "body": MessageToDict(statement.body, preserving_proto_field_name=True),
    }
    data = json.dumps(said, ensure_ascii=False, indent=1).encode()
    return [NativeFile(f"{statement.header.message_id.hex()}.json", MEDIA_TYPE, data)]
