"""deploy/: units and proxies say what the product does, in figures that fit each other."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from chatserver.environment import WITHOUT_PREFIX, Environment
from chatserver.supervisor import STOP_SECONDS
from realtime.config import EngineConfig

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = ("classtrak.service", "classtrak.socket", "classtrak-backup.service", "classtrak-backup.timer")


def text(name: str) -> str:
    return (DEPLOY / name).read_text()


def number(pattern: str, name: str) -> float:
    (found,) = re.findall(pattern, text(name), re.MULTILINE)
    return float(found)


def test_no_file_names_a_setting_that_is_not_there() -> None:
    known = {f"CHATSERVER_{name.upper()}" for name in Environment.model_fields} | set(WITHOUT_PREFIX)
    pattern = re.compile(r"\b(CHATSERVER_[A-Z_]+|DATABASE_URL|REDIS_URL)\b")
    named = {name for path in DEPLOY.iterdir() for name in pattern.findall(path.read_text())}
    assert named
    assert named <= known


def test_systemd_waits_longer_than_we_need_to_end() -> None:
    assert number(r"^TimeoutStopSec=(\d+)$", "classtrak.service") > STOP_SECONDS > EngineConfig().drain_seconds


def test_the_socket_has_our_queue() -> None:
    assert number(r"^Backlog=(\d+)$", "classtrak.socket") == EngineConfig().listen_backlog


def test_nginx_has_our_limits() -> None:
    config = EngineConfig()
    assert number(r"^    client_max_body_size (\d+)m;", "nginx.conf") * 1024**2 == config.body_bytes
    assert number(r"^    keepalive_timeout (\d+)s;", "nginx.conf") < config.http_idle_seconds
    silences = [float(found) for found in re.findall(r"proxy_read_timeout (\d+)s", text("nginx.conf"))]
    assert min(silences) > config.ping_seconds + config.pong_seconds


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_a_proxy_closes_what_is_the_operators(name: str) -> None:
    assert all(path in text(name) for path in ("healthz", "readyz", "metrics"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd isn't installed here")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_reads_every_line(name: str) -> None:
    done = subprocess.run(["systemd-analyze", "verify", DEPLOY / name], capture_output=True, text=True, timeout=50)
    said = [line for line in done.stderr.splitlines() if any(unit in line for unit in UNITS)]
    assert [line for line in said if "is not executable" not in line] == []


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx isn't installed here")
def test_nginx_reads_its_file(tmp_path: Path) -> None:
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout",
                    tmp_path / "key", "-out", tmp_path / "cert"], check=True, capture_output=True)  # fmt: skip
    ours = re.sub(r"/etc/letsencrypt/\S+/fullchain.pem", str(tmp_path / "cert"), text("nginx.conf"))
    ours = re.sub(r"/etc/letsencrypt/\S+/privkey.pem", str(tmp_path / "key"), ours)
    ours = ours.replace("/var/cache/nginx", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    whole = f"pid {tmp_path}/pid; error_log {tmp_path}/errors; events {{}}\nhttp {{\n{ours}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run(["nginx", "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
