"""A client that brings in one file of people after another through the API, whatever happens to the server."""

import csv
import io
import threading
import time

import httpx

HEADER = [
    "email", "customer_id", "first_name", "last_name", "city",
    "consent.newsletter.email.state", "consent.newsletter.email.at", "consent.newsletter.email.wording",
]  # fmt: skip
GONE = (httpx.HTTPError, ValueError, KeyError)


def row(number):
    """Every second one has agreed to the newsletter."""
    consent = ["granted", "2026-01-05T10:00:00Z", "Yes, write to me."] if number % 2 else ["", "", ""]
    names = [f"First{number % 977}", f"Last{number % 7919}"]
    return [f"imp{number}@example.org", f"IMP{number}", *names, f"City {number % 499}", *consent]


def table(numbers):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows(row(number) for number in numbers)
    return out.getvalue().encode()


class Importer:
    """Files of `rows` people each; `started` are the ids of the imports that were asked to run."""

    def __init__(self, url, key, rows, files):
        self.rows, self.files, self.started = rows, files, []
        self._client = httpx.Client(
            base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=30
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    @property
    def people(self):
        return len(self.started) * self.rows

    def _run(self):
        while len(self.started) < self.files and not self._stop.is_set():
            first = self.people
            upload = self._insist(lambda first=first: self._upload(table(range(first, first + self.rows))))
            # An import that is asked for counts as begun, also when the answer was lost.
            self.started.append(upload["id"])
            self._insist(lambda upload=upload: self._start(upload))
            while self.state(upload["id"]) == "running" and not self._stop.is_set():
                time.sleep(0.2)

    def _insist(self, step):
        """As a person would: again until it is answered."""
        deadline = time.monotonic() + 120
        while True:
            try:
                return step()
            except GONE:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)

    def _upload(self, content):
        answer = self._client.post("/imports", files={"file": ("people.csv", content, "text/csv")})
        answer.raise_for_status()
        return answer.json()[0]

    def _start(self, upload):
        if self.look(upload["id"])["state"] != "mapping":
            return
        self._client.put(f"/imports/{upload['id']}/mapping", json=upload["mapping"]).raise_for_status()
        self._client.post(f"/imports/{upload['id']}/start").raise_for_status()

    def look(self, id_):
        answer = self._client.get(f"/imports/{id_}")
        answer.raise_for_status()
        return answer.json()

    def state(self, id_):
        return self._insist(lambda: self.look(id_)["state"])
