"""What XML can do to its reader, and does not."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest
from lxml import etree

from adapters import strict_xml
from hutong.errors import HutongError

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BILLION = f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]><a>&l9;</a>'


@pytest.fixture
def visited() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on loopback, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (BILLION.encode(), "HT-XML-02"),
        (BILLION.replace("<a>&l9;</a>", '<a b="&l9;"/>').encode(), "HT-XML-02"),
        (BILLION.encode("utf-16"), "HT-XML-02"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "HT-XML-02"),
        (b'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><a/>', "HT-XML-02"),
        (b"<!DOCTYPE a><a/>", "HT-XML-02"),
        (b"<a>" * 100 + b"</a>" * 100, "HT-XML-03"),
        (b"<a>" * 100_000, "HT-XML-01"),
        (b"<a>" + b"<b/>" * 2_000_001 + b"</a>", "HT-XML-06"),
        (b"<a>" + b"<b/>" * 1_000_001 + b"</a>", "HT-XML-06"),
        (b"<a " + b" ".join(b'x%d="1"' % n for n in range(100_000)) + b"/>", "HT-XML-06"),
        (b"<a>" + b"x" * 11_000_000 + b"</a>", "HT-XML-01"),
        ('<?xml version="1.0" encoding="UTF-8"?><a>中</a>'.encode("gbk"), "HT-XML-01"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "HT-XML-01"),
        (b"<a>&undefined;</a>", "HT-XML-01"),
        (b"<a>\0</a>", "HT-XML-01"),
        (b"<a", "HT-XML-01"),
        (b"", "HT-XML-01"),
    ],
)
def test_refused(data: bytes, code: str) -> None:
    with pytest.raises(HutongError) as caught:
        strict_xml.parse(data)
    assert caught.value.code == code


def test_nothing_is_fetched(visited: tuple[str, list[str]]) -> None:
    address, asked = visited
    for data in (
        f'<!DOCTYPE a SYSTEM "{address}/dtd"><a/>',
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "{address}/entity">]><a>&x;</a>',
        f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{address}/parameter">%p;]><a/>',
    ):
        with pytest.raises(HutongError):
            strict_xml.parse(data.encode())
    strict_xml.tree(
        strict_xml.parse(
            f'<a xmlns:i="http://www.w3.org/2001/XInclude" xmlns:x="http://www.w3.org/2001/XMLSchema-instance" '
            f'x:schemaLocation="u {address}/xsd"><i:include href="{address}/xi"/></a>'.encode()
        )
    )
    assert asked == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gbk", "gb18030"])
def test_encodings(encoding: str) -> None:
    assert strict_xml.parse(f'<?xml version="1.0" encoding="{encoding}"?><a>中</a>'.encode(encoding)).text == "中"


def test_what_is_not_taken_is_left() -> None:
    root = etree.fromstring('<a xmlns="urn:x"><b c="1"> t </b><b>u</b>tail<d><e>v</e></d></a>')
    node = strict_xml.tree(root)
    assert node.take("b") == "t" and node.take("b") == "u" and node.take("b") == ""
    assert list(node.left()) == [("/a", "tail"), ("/a/b[1]/@c", "1"), ("/a/d/e", "v")]
    assert node.first("d", "b") is node.all("d")[0]
    assert node.first("x") is None
