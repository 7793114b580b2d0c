"""An S3-compatible server on this machine, for as long as the tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

# Werkzeug listens as soon as the server is made, so whoever has read the port can connect.
PROGRAM = """
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


@dataclass
class S3:
    """A running server with one bucket, `lake`. `secret` is a canary: it must turn up nowhere."""

    port: int
    client: Any
    secret: str = "canaryS3secret"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, prefix: str, scheme: str = "s3", bucket: str = "lake", port: int | None = None) -> str:
        return f"{scheme}://{bucket}/{prefix}?endpoint=http://127.0.0.1:{port or self.port}&region=us-east-1"

    def names(self, prefix: str) -> list[str]:
        """Return the names of all objects below a prefix, without it."""
        listed = self.client.list_objects_v2(Bucket="lake", Prefix=f"{prefix}/").get("Contents", [])
        return sorted(entry["Key"].removeprefix(f"{prefix}/") for entry in listed)

    def read(self, name: str) -> bytes:
        content: bytes = self.client.get_object(Bucket="lake", Key=name)["Body"].read()
        return content

    def put(self, name: str, content: bytes) -> None:
        self.client.put_object(Bucket="lake", Key=name, Body=content)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    """Return a server in a process of its own: a library that holds Python's lock while it waits would wait forever."""
    pytest.importorskip("obstore", reason="needs the extra 'cloud'")
    pytest.importorskip("moto", reason="needs moto[server]")
    boto3 = pytest.importorskip("boto3", reason="needs moto[server]")
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        made = S3(port, None)
        made.client = boto3.client(
            "s3",
            endpoint_url=made.endpoint,
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key=made.secret,
        )
        made.client.create_bucket(Bucket="lake")
        yield made
        process.kill()


@pytest.fixture
def s3(s3_server: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """Return the server, with credentials in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_server.secret)
    return s3_server
