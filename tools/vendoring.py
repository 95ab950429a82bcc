"""`./chat vendor NAME@VERSION`: bring a browser library from its npm package into frontend/static/vendor.

What is taken and how stands in vendor.lock.json beside the files: the modules to export (`entry`), bundled into one
ES module by the release of esbuild named in `bundled_by`, or files taken as they are (`copied`, target to source).
Invariant: nothing in that folder is edited by hand, no script of a package runs, and the lock holds no address. The
digests of the packages are npm's own, checked by npm when it unpacks them.
"""

import argparse
import base64
import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from chatserver.progress import step, stop
from tools import ROOT
from tools.programs import CommandFailed, call

VENDOR = ROOT / "frontend" / "static" / "vendor"
LOCK = VENDOR / "vendor.lock.json"
NPM_INSTALL = ("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")

Recipe = dict[str, Any]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("./chat vendor", description="Renew a vendored library from its npm package.")
    parser.add_argument("package", metavar="NAME@VERSION")
    name, _, version = parser.parse_args(arguments).package.rpartition("@")
    lock = json.loads(LOCK.read_text())
    if name not in lock:
        stop(f"{LOCK.relative_to(ROOT)} has no recipe for {name or version!r}; it has {', '.join(lock)}.", 2)
    with tempfile.TemporaryDirectory(prefix="vendor-") as folder:
        try:
            lock[name] = _renew(name, version, lock[name], Path(folder))
        except CommandFailed as failure:
            stop(f"{failure.output}\nNode.js and npm are needed on this machine.")
    LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")
    print(f"  {name} {version}: {', '.join(lock[name]['files'])}")
    return 0


def _renew(name: str, version: str, recipe: Recipe, folder: Path) -> Recipe:
    bundlers = [f"{tool}@{how['version']}" for tool, how in recipe.get("bundled_by", {}).items()]
    with step(f"{name} {version}"):
        call(*NPM_INSTALL, "--prefix", folder, f"{name}@{version}", *bundlers)
    package = folder / "node_modules" / name
    fresh = recipe | {"version": version, "licence": json.loads((package / "package.json").read_text())["license"]}
    installed = json.loads((folder / "package-lock.json").read_text())["packages"]
    fresh["tarball_sha512"] = _sha512(installed, name)
    if "entry" in recipe:
        fresh["contains"] = {
            other: {
                "version": installed[f"node_modules/{other}"]["version"],
                "tarball_sha512": _sha512(installed, other),
            }
            for other in recipe["contains"]
        }
        _bundle(f"{name}.js", fresh, folder)
    for target, source in recipe.get("copied", {}).items():
        shutil.copyfile(package / source, VENDOR / target)
    shutil.copyfile(_licence(package), VENDOR / f"{name}.LICENSE.txt")
    fresh["files"] = {target: _sha256(VENDOR / target) for target in recipe["files"]}
    return fresh


def _bundle(target: str, recipe: Recipe, folder: Path) -> None:
    """One minified ES module, headed by whose it is."""
    (folder / "entry.js").write_text("\n".join(recipe["entry"]) + "\n")
    options = recipe["bundled_by"]["esbuild"]["options"].split()
    bundle = folder / "bundle.js"
    call(folder / "node_modules/.bin/esbuild", folder / "entry.js", f"--outfile={bundle}", *options, cwd=folder)
    banner = recipe["banner"].format(version=recipe["version"])
    (VENDOR / target).write_text(f"{banner}\n{bundle.read_text()}")


def _licence(package: Path) -> Path:
    found = sorted(path for path in package.iterdir() if path.name.upper().startswith("LICEN"))
    if not found:
        stop(f"{package.name} comes without a licence text.")
    return found[0]


def _sha512(installed: dict[str, Any], name: str) -> str:
    """npm's integrity, `sha512-` and base64, as hexadecimal."""
    algorithm, _, digest = installed[f"node_modules/{name}"]["integrity"].partition("-")
    if algorithm != "sha512":
        stop(f"The digest of {name} is {algorithm}; sha512 is needed.")
    return base64.b64decode(digest).hex()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
