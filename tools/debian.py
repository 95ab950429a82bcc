"""Debian's packages: installed by us only where we are root on Debian or Ubuntu, and said before it is done."""

import os
import shutil

from chatserver.progress import step
from tools.programs import call

APT = ("apt-get", "-o", "DPkg::Lock::Timeout=300", "-yq")


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> None:
    """Raises `CommandFailed`. Asks nothing."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print(f"  Debian packages to install: {' '.join(packages)}")
    with step("list of packages"):
        call(*APT, "update", env=env)
    with step("install"):
        call(*APT, "install", "--no-install-recommends", *packages, env=env)


def command(*packages: str) -> str:
    """What a person types to get them."""
    return f"apt-get install {' '.join(packages)}"
