"""Files of other people's are what their lock says, with the licence beside them, and say no address of ours."""

import hashlib
import json

import pytest

from tools.vendoring import LOCK, VENDOR

RECIPES = json.loads(LOCK.read_text())


def test_the_folder_holds_what_the_lock_names_and_nothing_else() -> None:
    named = {file for recipe in RECIPES.values() for file in recipe["files"]}
    there = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert there == named | {LOCK.name}


@pytest.mark.parametrize("name", RECIPES)
def test_every_file_is_the_one_that_was_taken(name: str) -> None:
    now = {file: hashlib.sha256((VENDOR / file).read_bytes()).hexdigest() for file in RECIPES[name]["files"]}
    assert now == RECIPES[name]["files"]


@pytest.mark.parametrize("name", RECIPES)
def test_a_licence_text_is_beside_it(name: str) -> None:
    assert RECIPES[name]["licence"]
    assert (VENDOR / f"{name}.LICENSE.txt").stat().st_size > 200
