"""Layers of settings, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings import Settings, SettingsFaulty, described, load, shown

PAGE = Path(__file__).parents[2] / "docs/settings.md"


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    file = tmp_path / "g.toml"
    file.write_text("port = 1\nhost = 'file'\ndeadline_s = 4.5\n")
    loaded = load({"GATEWAY_PORT": "2", "GATEWAY_HOST": "environment", "GATEWAY_CONFIG": str(file)}, port=3)
    assert (loaded.settings.port, loaded.settings.host, loaded.settings.deadline_s) == (3, "environment", 4.5)
    assert loaded.sources["port"] == "command line"
    assert loaded.sources["host"] == "GATEWAY_HOST"
    assert loaded.sources["deadline_s"] == str(file)
    assert loaded.sources["phase"] == "default"


def test_the_data_folder_brings_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text("phase = 'service'\n")
    assert load({"GATEWAY_DATA": str(tmp_path)}).settings.phase == "service"
    assert load({}, data=tmp_path).settings.phase == "service"


def test_every_fault_at_once_and_no_secret_in_it(tmp_path: Path) -> None:
    file = tmp_path / "g.toml"
    file.write_text("unknown = 1\ndigest_key = 'abcd'\nport = 'x'\n")
    with pytest.raises(SettingsFaulty) as caught:
        load({"GATEWAY_UNKNOWN": "1", "GATEWAY_DEADLINE_S": "-1"}, file)
    text = "\n".join(caught.value.faults)
    assert len(caught.value.faults) == 5
    for name in ("'unknown'", "'digest_key' is a secret", "'port'", "GATEWAY_UNKNOWN", "GATEWAY_DEADLINE_S"):
        assert name in text
    assert "abcd" not in text


def test_names_that_mappings_use_are_known(tmp_path: Path) -> None:
    (tmp_path / "tax.yaml").write_text("key: ${GATEWAY_TAX_HASH}\n")
    environ = {"GATEWAY_DEPARTMENTS": str(tmp_path), "GATEWAY_TAX_HASH": "k", "GATEWAY_TAX_URL": "sqlite:///x"}
    assert load(environ).settings.departments == tmp_path
    with pytest.raises(SettingsFaulty):
        load({**environ, "GATEWAY_TAX_HASHES": "k"})


@pytest.mark.parametrize("content", [b"port = ", b"\xff"])
def test_a_file_that_is_no_toml(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "g.toml").write_bytes(content)
    with pytest.raises(SettingsFaulty):
        load({}, tmp_path / "g.toml")
    with pytest.raises(SettingsFaulty):
        load({}, tmp_path / "missing.toml")


def test_the_key_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    assert Settings(digest_key="ab" * 32).key() == b"\xab" * 32
    (tmp_path / "digest.key").write_text("cd" * 32 + "\n")
    assert Settings(data=tmp_path).key() == b"\xcd" * 32
    for bad in ("ab" * 16, "xy" * 32):
        with pytest.raises(SettingsFaulty) as caught:
            Settings(digest_key=bad).key()
        assert bad not in str(caught.value)
    with pytest.raises(SettingsFaulty):
        Settings(data=tmp_path / "nowhere").key()


def test_the_secrets_file_lies_under_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("# comment\nGATEWAY_PBC_URL=file\nGATEWAY_TAX_URL=a=b\n")
    found = Settings(data=tmp_path).environment({"GATEWAY_PBC_URL": "environment"})
    assert found == {"GATEWAY_PBC_URL": "environment", "GATEWAY_TAX_URL": "a=b"}


def test_secrets_are_hidden() -> None:
    assert "ab" not in shown("digest_key", "ab" * 32)
    assert shown("store", "postgresql://me:secret@host/db") == "postgresql://me:(hidden)@host/db"


def test_every_setting_is_described_and_stands_in_the_page() -> None:
    page = PAGE.read_text("utf-8")
    for name, meaning in described().items():
        assert meaning
        assert f"| `{name}` |" in page, f"docs/settings.md lacks {name}"
        assert meaning in page, f"docs/settings.md tells something else of {name}"


def test_trusted_proxies_from_file_and_environment(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text("trusted_proxies = ['10.0.0.1', '10.1.0.0/16']\n")
    assert load({}, data=tmp_path).settings.trusted_proxies.holds("10.1.2.3")
    assert not load({"GATEWAY_TRUSTED_PROXIES": "10.0.0.1"}, data=tmp_path).settings.trusted_proxies.holds("10.1.2.3")
    with pytest.raises(SettingsFaulty, match="trusted_proxies"):
        load({"GATEWAY_TRUSTED_PROXIES": "everybody"})
