"""A client of a node: calls and events, with the standard library only. docs/openrpc.json has the API."""

import json
import os
import pathlib
import time
import urllib.request

from web_socket import open_socket

RETRY_SECONDS = 1
PASSING = {"stopped", "peer_busy", "storage_failed", "storage_full"}


class Refused(Exception):
    def __init__(self, error):
        super().__init__(error["message"])
        self.data = error.get("data", {})
        self.code = self.data.get("code")


class Node:
    def __init__(self, data_directory):
        self.directory = pathlib.Path(data_directory)

    def access(self):
        """Read before each connection: a node that comes back may have another port."""
        url = json.loads((self.directory / "api.json").read_text())["url"]
        return url, (self.directory / "api.token").read_text().strip()

    def call(self, method, **params):
        url, token = self.access()
        body = {"jsonrpc": "2.0", "id": 1, "method": method, **({"params": params} if params else {})}
        headers = {"authorization": "Bearer " + token, "content-type": "application/json"}
        sent = urllib.request.Request(url + "/json_rpc", json.dumps(body).encode(), headers)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(sent, timeout=30) as response:
            answer = json.load(response)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def insist(self, method, **params):
        """Repeats a call until the node carries it out. A refusal that does not pass is raised."""
        while True:
            try:
                return self.call(method, **params)
            except OSError:
                time.sleep(RETRY_SECONDS)
            except Refused as refused:
                # The quota of a UTC day, or a clock that is behind: the node says when the key signs again.
                at = refused.data.get("resets_at", refused.data.get("signs_again_at"))
                if at is None and refused.code not in PASSING:
                    raise
                time.sleep(max(RETRY_SECONDS, (at or 0) - time.time()))

    def events(self, after):
        """Events in order, across restarts of the node."""
        while True:
            try:
                for event in self._connection(after):
                    after = event["sequence"]
                    yield event
            except OSError:
                time.sleep(RETRY_SECONDS)

    def _connection(self, after):
        url, token = self.access()
        with open_socket(url + "/json_rpc", token) as connection:
            params = {"notify": "all", "after": after}
            request = {"jsonrpc": "2.0", "id": 1, "method": "subscribe", "params": params}
            connection.send(json.dumps(request))
            for text in connection:
                message = json.loads(text)
                if "error" in message:
                    raise Refused(message["error"])
                if message["result"] is not True:
                    yield message["result"]


def read_state(file):
    return json.loads(file.read_text()) if file.exists() else {"after": 0, "waiting": []}


def save_state(file, state):
    """The file is whole at every moment: a crash leaves the old state or the new one."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(state))
    os.replace(new, file)
