"""Parses ClickHouse's HTTP requests: credentials, statement, settings, bound parameters, body.

Follows ClickHouse's "HTTP interface" page; nothing here knows of chDB.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import lz4.frame
from backports import zstd

MAX_BODY = 512 * 1024 * 1024
# Parameters of the interface itself; any other name is a setting of the query.
_INTERFACE = frozenset(
    [
        "query",
        "database",
        "default_format",
        "user",
        "password",
        "session_id",
        "session_timeout",
        "session_check",
        "query_id",
        "quota_key",
        "role",
        "stacktrace",
        "compress",
        "decompress",
        "wait_end_of_query",
        "buffer_size",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "enable_http_compression",
        "http_zlib_compression_level",
        "client_protocol_version",
        "cancel_http_readonly_queries_on_client_close",
    ]
)
_SETTING_NAME = re.compile(r"^[a-z][a-z0-9_]{0,99}$")
_INSERT = re.compile(rb"^\s*insert\s+into\b", re.IGNORECASE)
_INSERT_FORMAT = re.compile(r"^(.*?)\s+format\s+([A-Za-z0-9]+)\s*(.*)$", re.IGNORECASE | re.DOTALL)


class BadRequest(Exception):
    """The request cannot be understood; the message is for whoever sent it."""


@dataclass(slots=True)
class Statement:
    """One statement as asked for: SQL, output format, settings, bound parameters, inserted data."""

    sql: str
    format: str = "TabSeparated"
    database: str = "default"
    settings: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    data: bytes | None = None

    @property
    def input_format(self) -> tuple[str, str]:
        """(INSERT without its FORMAT clause, name of the input format)."""
        match = _INSERT_FORMAT.match(self.sql)
        return (match.group(1), match.group(2)) if match else (self.sql, "Values")


def authorised(headers: dict[bytes, bytes], query: dict[str, str], user: str, password: str) -> bool:
    """Whether the request carries the credentials, by header, Basic or parameter."""
    given_user = headers.get(b"x-clickhouse-user", b"").decode()
    given_password = headers.get(b"x-clickhouse-key", b"").decode()
    basic = headers.get(b"authorization", b"")
    if basic.lower().startswith(b"basic "):
        try:
            given_user, _, given_password = base64.b64decode(basic[6:]).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
    given_user = given_user or query.get("user", "")
    given_password = given_password or query.get("password", "")
    same_user = hmac.compare_digest(given_user.encode(), user.encode())
    return hmac.compare_digest(given_password.encode(), password.encode()) and same_user


def decompressed(body: bytes, encoding: bytes) -> bytes:
    """The body as it was before Content-Encoding; raises BadRequest."""
    try:
        match encoding.lower():
            case b"" | b"identity":
                return body
            case b"gzip":
                return gzip.decompress(body)
            case b"zstd":
                return zstd.decompress(body)
            case b"lz4":
                return bytes(lz4.frame.decompress(body))
    except (OSError, EOFError, RuntimeError, zstd.ZstdError) as error:
        raise BadRequest(f"the body is not {encoding.decode()}: {error}") from error
    raise BadRequest(f"Content-Encoding {encoding.decode()} is not supported; use gzip, zstd or lz4")


def parse(query_string: bytes, headers: dict[bytes, bytes], body: bytes) -> Statement:
    """The statement of a request. An INSERT's data follows the SQL, in the body or after the FORMAT clause."""
    query = dict(parse_qsl(query_string.decode(), keep_blank_values=True))
    content = decompressed(body, headers.get(b"content-encoding", b""))
    if headers.get(b"content-type", b"").startswith(b"multipart/form-data"):
        query |= _form(headers[b"content-type"], content)
        content = b""
    sql, data = _split(query.get("query", ""), content)
    if not sql.strip():
        raise BadRequest("no statement: give it as ?query= or as the body")
    settings = {}
    for name, value in query.items():
        if name in _INTERFACE or name.startswith("param_"):
            continue
        if not _SETTING_NAME.match(name):
            raise BadRequest(f"{name!r} is not the name of a setting")
        settings[name] = value
    return Statement(
        sql=sql,
        format=query.get("default_format") or "TabSeparated",
        database=headers.get(b"x-clickhouse-database", b"").decode() or query.get("database") or "default",
        settings=settings,
        parameters={name[6:]: value for name, value in query.items() if name.startswith("param_")},
        data=data,
    )


def _split(sql: str, content: bytes) -> tuple[str, bytes | None]:
    """SQL and inserted data, wherever each of them stands."""
    if sql and _INSERT.match(sql.encode()) and content:
        return sql, content
    if sql:
        return (sql + "\n" + content.decode()) if content else sql, None
    head = content[:4096]
    if _INSERT.match(head):
        match = re.match(
            rb"^(.*?\bformat\s+[A-Za-z0-9]+)\s*?(?:\n|;|\s)(.*)$", content, re.IGNORECASE | re.DOTALL
        )
        if match:
            return match.group(1).decode(), match.group(2)
    try:
        return content.decode(), None
    except UnicodeDecodeError as error:
        raise BadRequest("the statement is not UTF-8") from error


def _form(content_type: bytes, content: bytes) -> dict[str, str]:
    """Fields of a multipart form (clickhouse-connect sends long parameters so)."""
    match = re.search(rb'boundary="?([^";]+)"?', content_type)
    if not match:
        raise BadRequest("multipart body without a boundary")
    fields = {}
    for part in content.split(b"--" + match.group(1))[1:-1]:
        head, _, value = part.strip(b"\r\n").partition(b"\r\n\r\n")
        if name := re.search(rb'name="([^"]+)"', head):
            fields[name.group(1).decode()] = value.decode()
    return fields
