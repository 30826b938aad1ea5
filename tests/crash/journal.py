"""Clients that send batches of events and write down, durably, which were acknowledged."""

import base64
import collections
import json
import os
import threading
import urllib.error
import urllib.request
import uuid

# Between two batches of a client. Without it they send as much as the server can take, and working that off takes most
# of the test's time.
PAUSE = float(os.environ.get("RAPPORT_CRASH_PAUSE", "0.1"))


class Journal:
    """Message ids of acknowledged events; a batch that got no answer is sent again, as real clients do."""

    def __init__(self, url, key, path, clients=3, batch=20):
        self.url, self.key, self.batch = f"{url}/v1/batch", key, batch
        self.acknowledged = []
        self.answers = collections.Counter()
        self._file = path.open("w")
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._file.close()

    def _send(self, client):
        number = 0
        while not self._stop.wait(PAUSE):
            number += 1
            ids = [str(uuid.uuid4()) for _ in range(self.batch)]
            for _attempt in range(30):
                if self._post(client, number, ids):
                    self._note(ids)
                    break
                if self._stop.wait(0.2):
                    return

    def _post(self, client, number, ids):
        who = f"crash-{client}-{number % 40}"
        batch = [
            {"type": "track", "event": "Ping", "messageId": i, "userId": who, "anonymousId": f"a-{who}"}
            for i in ids
        ]
        login = base64.b64encode(f"{self.key}:".encode()).decode()
        request = urllib.request.Request(
            self.url, json.dumps({"batch": batch}).encode(), {"Authorization": f"Basic {login}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as error:
            self.answers[error.code] += 1
            return False
        except (urllib.error.URLError, OSError):
            return False

    def _note(self, ids):
        with self._lock:
            self._file.write("\n".join(ids) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self.acknowledged.extend(ids)
