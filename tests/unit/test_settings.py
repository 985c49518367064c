"""settings.toml: defaults, every valid key, and messages that name key, value and expectation."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from pipelines.config.databases import DatabaseSettings
from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import Settings, load_settings, parse_settings
from pipelines.core.engine_limits import EngineLimits, clear_spill, keep_to
from pipelines.core.errors import SettingsError
from pipelines.core.warehouse import open_warehouse
from pipelines.disclosure.cut_record import settings_version

PROJECT = Path(__file__).resolve().parents[2]


def settings_from(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def page_of_settings() -> str:
    """The block of docs/settings.md."""
    page = (PROJECT / "docs" / "settings.md").read_text("utf-8")
    (block,) = re.findall(r"^```toml\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    return str(block)


def test_the_page_of_settings_shows_the_defaults(tmp_path: Path) -> None:
    assert settings_from(tmp_path, page_of_settings()) == load_settings(tmp_path / "none.toml")


def test_the_page_of_settings_has_every_key_and_its_examples_are_allowed(tmp_path: Path) -> None:
    every = re.sub(r"^# ", "", page_of_settings(), flags=re.MULTILINE)
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "headcount.sql").write_text("select 1 as badge")
    assert settings_from(tmp_path, every).cost.exit == 12000
    told = tomllib.loads(every)
    assert told.keys() == Settings.model_fields.keys() - {"databases", "feeds"}  # made of others
    for name, section in Settings():
        if isinstance(section, BaseModel):
            assert told[name].keys() == type(section).model_fields.keys(), name
    assert told["mapping"]["roster"].keys() == SourceMapping.model_fields.keys()
    assert told["database"]["workday"].keys() == DatabaseSettings.model_fields.keys()


def test_what_the_database_may_use_reaches_its_connections_and_no_figure(tmp_path: Path) -> None:
    text = '[limits]\nmemory = "300MB"\nthreads = 1\nspill_folder = "spilled"\n'
    settings = settings_from(tmp_path, text)
    assert settings_version(settings) == settings_version(Settings())
    engine = settings.limits.of_engine(tmp_path)
    try:
        keep_to(engine)
        with open_warehouse(tmp_path / "a.duckdb") as con:
            memory, threads, folder = con.execute(
                "select current_setting('memory_limit'), current_setting('threads'), "
                "current_setting('temp_directory')"
            ).fetchall()[0]
            con.execute("create temp table much as select range, hash(range) from range(24000000)")
            assert list(Path(folder).iterdir()), "what doesn't fit lies there"
        assert (memory, threads) == ("286.1 MiB", 1)
        assert Path(folder).parent == tmp_path / "spilled"
        assert Path(folder).stat().st_mode & 0o777 == 0o700
        clear_spill()
        assert not Path(folder).exists()
    finally:
        keep_to(EngineLimits())


def test_unless_told_the_database_spills_beyond_its_threads_need_or_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    machine = 24_000_000_000
    monkeypatch.setattr("pipelines.core.engine_limits._machine_bytes", lambda: machine)
    with open_warehouse(tmp_path / "a.duckdb") as con:
        taken = con.execute("select current_setting('memory_limit')").fetchall()
    assert taken == [("953.6 MiB",)]  # 1 GB
    assert EngineLimits(threads=8).memory_beside(0) == "4000MB"
    assert EngineLimits().memory_beside(3_000_000_000) == "3000MB"
    assert EngineLimits(memory="300MB").memory_beside(3_000_000_000) == "300MB"
    machine = 1_500_000_000
    assert EngineLimits().memory_beside(0) is None, "the machine has less: DuckDB knows how much"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[limits]\nmemory = "a lot"', ["limits.memory", "a lot", "4GB", "256MB"]),
        ('[limits]\nmemory = "255MB"', ["limits.memory", "255MB", "at least 256MB"]),
        ("[limits]\nthreads = 0", ["limits.threads", "0", "greater than or equal to 1"]),
        ("horizn = 1", ["horizn", "1", "unknown key", "time_zone"]),
        ("[privacy]\nmin_grup = 3", ["privacy.min_grup", "unknown key", "min_group"]),
        ("[privacy]\nmin_group = 0", ["privacy.min_group", "0", "greater than or equal to 1"]),
        ("[privacy]\nmin_group = '10'", ["privacy.min_group", "'10'", "integer"]),
        ("[comparison]\nhorizon_days = []", ["comparison.horizon_days", "whole numbers"]),
        ("[comparison]\nhorizon_days = [90, 90]", ["comparison.horizon_days", "different"]),
        ("[comparison]\nassignment = 'by_site'", ["comparison.assignment", "by_coach"]),
        ("[comparison]\nstrata = ['site']", ["comparison", "lottery"]),
        ("[comparison]\nassignment = 'by_person'\nstrata = ['shoe']", ["strata", "site"]),
        ("[comparison]\nassignment = 'stepped'", ["steps", "dates"]),
        ("[comparison]\nsteps = [2026-01-01]", ["steps", "stepped"]),
        (
            "[comparison]\nassignment = 'stepped'\nsteps = [2026-01-01]\nstrata = ['site']\n"
            "step_unit = 'site'",
            ["strata", "sites take the steps"],
        ),
        ("[comparison]\narm_a = 'x'\narm_b = 'x'", ["comparison", "two different styles"]),
        ("time_zone = 'Mars/Olympus'", ["time_zone", "'Mars/Olympus'", "IANA"]),
        ("data_until = 'soon'", ["data_until", "'soon'", "date"]),
        ("[cost]\nexit = -1", ["cost.exit", "-1", "greater than 0"]),
        ("[cost]\nexit = inf", ["cost.exit", "inf", "finite"]),
        ("[targets]\ncustomer_satisfaction = 9.0", ["customer_satisfaction", "9.0", "1 to 5"]),
        ("[targets]\nany_exit_rate = -3", ["any_exit_rate", "-3", "at least 0", "per year"]),
        ("[targets]\nunplanned_absence = 5", ["unplanned_absence", "0 to 1", "fraction"]),
        ("[targets]\nexhaustion = nan", ["exhaustion", "nan", "0 to 100"]),
        ("[targets]\nnet_moves = inf", ["net_moves", "inf", "a number"]),
        ("[mapping.roster]\nx = 1", ["mapping.roster.x", "1", "unknown key", "date_format"]),
        ("[mapping.rooster]\ndecimal = ','", ["mapping.rooster", "unknown source", "roster"]),
        ("[mapping.roster.columns]\nPNr = 'id'", ["columns.'PNr'", "'id'", "employee_id"]),
        ("[mapping.roster.values.siet]\nB = 'x'", ["values.siet", "unknown column", "site"]),
        (
            "[mapping.roster.values.employment_type]\nVZ = 'full'",
            ["values.employment_type.'VZ'", "'full'", "full_time"],
        ),
        ("[mapping.roster.values.hire_date]\nx = '2024-01-01'", ["hire_date.'x'", "no words"]),
        ("[mapping.roster.values.site]\nB = ''", ["values.site.'B'", "''", "any text"]),
        ("[mapping.roster]\nbooleans = {Ja = 'yes'}", ["booleans.Ja", "'yes'", "'true'"]),
        ("[mapping.roster]\ndate_format = '%d.%m'", ["date_format", "'%d.%m'", "year"]),
        ("[mapping.roster]\ndate_format = '%d.%m.%Q'", ["date_format", "%d %m %b"]),
        ("[mapping.roster]\ndate_format = '%Y-%d-%m'", ["date_format", "another order"]),
        ("[mapping.roster]\ndate_format = '%d.%m.%Y %H:%M'", ["date_format", "timestamp_format"]),
        ("[mapping.roster]\ntimestamp_format = '%d.%m.%Y'", ["timestamp_format", "%H:%M"]),
        ("[mapping.roster]\nencoding = 'ebcdic'", ["encoding", "'ebcdic'", "cp1252"]),
        ("[mapping.roster]\ndelimiter = ':'", ["delimiter", "':'", "';'"]),
        ("[mapping.roster]\ndecimal = ','\nthousands = ','", ["mapping.roster", "different"]),
        ("[mapping.roster]\ntwo_digit_years_from = 50", ["two_digit_years_from", "50", "1900"]),
        ("time_zone = ", ["not valid TOML"]),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    tmp_path: Path, text: str, named: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from(tmp_path, text)
    message = str(caught.value)
    assert all(part in message for part in named), message
    assert "settings.toml" in message


def test_events_are_dates_by_name_and_targets_are_known_measures() -> None:
    read = parse_settings(
        {"events": {"New telephones": dt.date(2026, 2, 2)}, "targets": {"exhaustion": 40}}
    )
    assert read.events == {"New telephones": dt.date(2026, 2, 2)}
    assert read.targets == {"exhaustion": 40.0}
    for content in ({"targets": {"happiness": 4}}, {"events": {"Start": "soon"}}):
        with pytest.raises(SettingsError) as told:
            parse_settings(content)
        assert next(iter(content)) in str(told.value)
    with pytest.raises(SettingsError, match="customer_satisfaction"):
        parse_settings({"targets": {"happiness": 4}})


def test_settings_as_windows_writes_them_and_such_as_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(b"\xef\xbb\xbf[privacy]\r\ngrid = 10\r\n")
    assert load_settings(file).privacy.grid == 10
    file.unlink()
    file.mkdir()
    with pytest.raises(SettingsError, match=r"settings.toml can't be read \(Is a directory\)"):
        load_settings(file)
