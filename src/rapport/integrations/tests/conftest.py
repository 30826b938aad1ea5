"""A receiver of webhooks that misbehaves on demand, and the worker's loop run to its end."""

import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rapport.core import access
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.services import standard_webhooks
from rapport.integrations.services import endpoints
from rapport.integrations.services.sending import Dispatcher


class Receiver(BaseHTTPRequestHandler):
    """Takes POSTs; `answers` are statuses, or functions of the handler; `got` what came, with its headers."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.lock:
            self.server.got.append((headers, body))
            answer = self.server.answers.pop(0) if self.server.answers else self.server.always
        if callable(answer):
            answer(self)
        else:
            self.reply(answer)

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def verify(self, secret, number=-1):
        """As any library of Standard Webhooks does; raises for a wrong signature."""
        headers, body = self.got[number]
        at = dt.datetime.fromtimestamp(int(headers["webhook-timestamp"]), dt.UTC)
        standard_webhooks.verify(
            secret, body=body, headers=headers, now=at, tolerance=dt.timedelta(minutes=5)
        )


@pytest.fixture
def receivers(settings):
    """`receivers()` starts one."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    running = []

    def start():
        server = Server(("127.0.0.1", 0), Receiver)
        server.got, server.answers, server.always, server.lock = [], [], 204, threading.Lock()
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def receiver(receivers):
    return receivers()


@pytest.fixture
def maker(user):
    return access.for_user(user)


@pytest.fixture
def endpoint(live, maker, receiver):
    """An endpoint for everything that is called Order and something; `endpoint.shown` is its secret."""
    row, row_secret = endpoints.create(actor=maker, name="ERP", url=receiver.url, events=["Order *"])
    row.shown = row_secret
    return row


@pytest.fixture
def work():
    """`work(minutes=5)` runs the loop, that much later, until nothing is under way or due."""
    dispatcher = Dispatcher()

    def run(**later):
        clock = VirtualClock(SYSTEM.now() + dt.timedelta(**later))
        while dispatcher.run_once(clock):
            pass

    yield run
    dispatcher.close()


@pytest.fixture
def order(live):
    """`order()` lets a customer order something."""

    def happen(number=1, event="Order Completed", user_id="u1", **properties):
        call = {"type": "track", "event": event, "userId": user_id, "messageId": f"order-{number}"}
        live.ingest([call | {"properties": {"number": number, **properties}}])

    return happen
