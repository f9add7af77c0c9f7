"""As much of a WebSocket (RFC 6455) as a subscription needs. A program with the package websockets needs none of it."""

import base64
import contextlib
import os
import socket
import urllib.parse

SILENCE_SECONDS = 15  # The node pings every 5 s.
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class WebSocket:
    def __init__(self, connection):
        self.connection = connection
        self.stream = connection.makefile("rb")

    def send(self, text):
        self._send(TEXT, text.encode())

    def __iter__(self):
        """Texts until the other side closes. Pings are answered."""
        while True:
            kind, content = self._receive()
            if kind == CLOSE:
                return
            if kind == PING:
                self._send(PONG, content)
            if kind == TEXT:
                yield content.decode()

    def _send(self, kind, content):
        mask = os.urandom(4)
        size = len(content)
        short = size < 126
        head = bytes([0x80 | kind, 0x80 | (size if short else 126)]) + (b"" if short else size.to_bytes(2, "big"))
        self.connection.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(content)))

    def _receive(self):
        head = self._exactly(2)
        size = head[1] & 0x7F
        if size > 125:
            size = int.from_bytes(self._exactly(2 if size == 126 else 8), "big")
        return head[0] & 0x0F, self._exactly(size)

    def _exactly(self, size):
        content = self.stream.read(size)
        if len(content) < size:
            raise ConnectionError("the connection was closed")
        return content


@contextlib.contextmanager
def open_socket(url, token):
    at = urllib.parse.urlsplit(url)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {at.path} HTTP/1.1", f"Host: {at.netloc}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", f"Authorization: Bearer {token}"]
    with socket.create_connection((at.hostname, at.port), SILENCE_SECONDS) as connection:
        connection.sendall("\r\n".join(lines + ["", ""]).encode())
        opened = WebSocket(connection)
        status = opened.stream.readline()
        if b" 101 " not in status:
            raise ConnectionError(f"the node refuses the connection: {status!r}")
        while opened.stream.readline().strip():
            pass
        yield opened
