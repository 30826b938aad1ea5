"""The outbound guard for what speaks HTTP through `requests`, as anymail does. For one thread at a time."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from rapport.core.services import outbound


class NotSent(requests.ConnectionError):
    """The other side never got the request."""


class GuardedAdapter(BaseAdapter):
    """Sends over one connection that is kept open, to an address that was checked."""

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._session = outbound.Session(timeout=timeout)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Raises NotSent, and ConnectionError when the request may have arrived."""
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        try:
            answer = self._session.request(
                str(request.method), str(request.url), body=bytes(body), headers=dict(request.headers)
            )
        except outbound.Refused as error:
            raise NotSent(str(error), request=request) from error
        except outbound.Unreachable as error:
            raise (requests.ConnectionError if error.sent else NotSent)(
                str(error), request=request
            ) from error
        response = requests.Response()
        response.status_code, response.url, response.request = answer.status, str(request.url), request
        response.headers = CaseInsensitiveDict(answer.headers)
        response.encoding, response._content = "utf-8", answer.text.encode()
        return response

    def close(self) -> None:
        self._session.close()


class GuardedSession(requests.Session):
    """A session behind the guard: no redirects, no proxies, no passwords from the environment."""

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.update({"User-Agent": "Rapport", "Accept-Encoding": "gzip, deflate"})
        adapter = GuardedAdapter(timeout)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """An answer that points elsewhere is an answer."""
