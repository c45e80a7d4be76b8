"""Models whose fields are secret by an alias."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Logs
from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field

from anivault_loguru import configure, logger
from anivault_loguru.aliases import Aliases

SECRET = "kQ7vLm3TpW5xRk9d"


class Inner(BaseModel):
    x: str = Field(default=SECRET, alias="password")
    y: int = Field(default=1, alias="size")


class Outer(BaseModel):
    one: Inner = Inner()
    many: list[Inner | None] = [Inner(), None]
    named: dict[str, Inner] = {"a": Inner()}


class Read(BaseModel):
    x: str = Field(default=SECRET, validation_alias="password")


class Written(BaseModel):
    x: str = Field(default=SECRET, serialization_alias="password")


class ByAlias(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)
    x: str = Field(default=SECRET, validation_alias="password", serialization_alias="z")


class Chosen(BaseModel):
    x: str = Field(
        default=SECRET, validation_alias=AliasChoices("y", AliasPath("account", "password", 0))
    )


class Taken(BaseModel):
    password: str = "also-secret"
    x: str = Field(default=SECRET, alias="passwd")
    passwd: str = "also-secret"


@pytest.mark.parametrize("model", [Inner, Outer, Read, Written, ByAlias, Chosen, Taken])
def test_a_field_is_secret_by_any_of_its_names(logs: Logs, model: type[BaseModel]) -> None:
    """At any depth, in lists and mappings, in messages' fields as in lists of them."""
    logger.info("m", v=model())
    logger.info("m", v=[model()])
    text = (logs.folder / "app.log").read_text("utf-8")
    assert SECRET not in text
    assert "also-secret" not in text
    assert text.count("***MASKED***") >= 2


def test_the_names_of_the_settings_count(logs: Logs) -> None:
    """Those of masking.keys are as sensitive as ours; those of masking.allow are not."""

    class Model(BaseModel):
        x: str = Field(default="first-value", alias="wobble")
        y: str = Field(default="second-value", alias="password")

    masking = {"keys": ["wobble"], "allow": ["password"]}
    configure(dir=logs.folder, console={"enabled": False}, masking=masking)
    logger.info("m", v=Model())
    text = (logs.folder / "app.log").read_text("utf-8")
    assert "first-value" not in text
    assert "second-value" in text


def test_other_aliases_change_nothing() -> None:
    """Fields whose aliases are not secret keep their names."""
    one = Aliases()
    one.judge(lambda name: name == "password")
    assert one.shown(Inner(), Inner().model_dump()) == {"password": SECRET, "y": 1}


def test_a_model_without_such_a_field_is_not_copied() -> None:
    """What it dumped is what is written."""
    one = Aliases()
    one.judge(lambda name: name == "other")
    dumped: Any = Outer().model_dump()
    assert one.shown(Outer(), dumped) is dumped
