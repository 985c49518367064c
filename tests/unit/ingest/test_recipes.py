"""Recipes: records in, canonical rows out; every record told of, nothing reached but the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.config.settings import load_settings
from pipelines.core.errors import SettingsError
from pipelines.core.warehouse import fetch, open_sandbox
from pipelines.ingest.load.erased_aliases import note_staged
from pipelines.ingest.shape.lookups import alias_hash
from pipelines.ingest.shape.lost_in_casts import lost_in_casts
from pipelines.personal_data.erased_people import FOR_GOOD, Erased, person_hash
from tests.unit.ingest.feeds import PEOPLE, Feeds, employed, feeds

TOML = 'title = "t"\nlayout = "made up"\ncolumns = ["Id", "Course", "Day"]\n'
TRAINING = """
select employee_of('email', "Id") as employee_id, "Course" as course,
    day_of("Day", '%d/%m/%Y') as completed_on, _line,
    case when "Course" = 'none' then 'no course' end as _skip
from delivery
"""
MAILS = PEOPLE + "E1,email,ada@x.org\nE2,email,ben@x.org\n"


def _place(place: Feeds, training: str = TRAINING, toml: str = TOML) -> None:
    place.declare('[feed]\nlms = "own/lms"\n')
    place.recipe("own/lms", toml, training=training)
    place.drop("roster/r.csv", employed("E1", "E2", "E3"))
    place.drop("people/p.csv", MAILS)


def test_records_are_used_left_out_with_a_reason_or_told_as_a_fault(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _place(place, TRAINING + " where \"Course\" <> 'lost'")
        rows = [f"ada@x.org,c{n},01/02/2026" for n in range(30)]
        text = "id,COURSE,day\n" + "\n".join(
            [*rows, "ben@x.org,none,", "ben@x.org,lost,01/02/2026"]
        )
        place.drop("lms/t.csv", text)
        report = place.refresh()["training"]
        assert (report.n_rows, report.n_accepted, report.n_quarantined) == (31, 30, 1)
        (file,) = fetch(place.con, "select * from ledger.file where feed = 'lms'").to_dicts()
        assert (file["file"], file["n_records"], file["n_skipped"]) == ("lms/t.csv", 32, 1)
        assert file["skipped"] == "no course: 1"
        assert any("line 33: gives neither a row nor a reason" in each for each in report.problems)


def test_a_row_that_breaks_a_rule_goes_back_as_its_record_and_comes_back(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _place(place)
        rows = [f"ada@x.org,c{n},01/02/2026" for n in range(30)]
        place.drop("lms/t.csv", "Id,Course,Day\n" + "\n".join([*rows, "ben@x.org,c1,30/02/2026"]))
        assert place.refresh()["training"].n_quarantined == 1
        back = tmp_path / "private" / "quarantine" / "training" / "lms_t.csv"
        text = back.read_text()
        assert text.splitlines()[0] == "Id,Course,Day,rule,column,expected"
        assert text.splitlines()[1].startswith("ben@x.org,c1,30/02/2026,type,completed_on,")
        place.drop("lms/mended.csv", text.replace("30/02", "28/02"))
        assert place.refresh()["training"].n_accepted == 1
        assert [str(row["completed_on"]) for row in place.staged("training")].count(
            "2026-02-28"
        ) == 1


def test_whoever_is_unknown_waits_and_comes_back_by_itself(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _place(place)
        place.drop("lms/t.csv", "Id,Course,Day\nada@x.org,c,01/02/2026\ncleo@x.org,c,01/02/2026\n")
        first = place.refresh()["training"]
        assert (first.n_accepted, first.n_quarantined, first.delivery_refusals) == (1, 1, ())
        assert place.refresh()["training"].n_files_known == 1
        place.drop("people/p2.csv", PEOPLE + "E3,email,Cleo@x.org\n")
        place.refresh()
        assert [row["employee_id"] for row in place.staged("training")] == ["E1", "E3"]


def test_identifiers_without_their_zeros_are_told(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _place(place, TRAINING.replace("'email'", "'badge'"))
        place.drop("people/p.csv", PEOPLE + "E1,badge,0071\nE2,badge,0072\n")
        place.drop("lms/t.csv", "Id,Course,Day\n71,c,01/02/2026\n72,c,01/02/2026\n")
        (refusal,) = place.refresh()["training"].delivery_refusals
        assert "2 of 2 match without leading zeros" in refusal
        assert "71" not in refusal


def test_rows_with_one_key_that_differ_are_rejected_and_exact_doubles_go(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        toml = TOML.replace('"Day"]', '"Day", "Hours"]')
        _place(place, TRAINING.replace("_line,", '"Hours" as hours, _line,', 1), toml)
        rows = [f"ada@x.org,c{n},01/02/2026,1" for n in range(60)]
        rows += [
            "ben@x.org,c,01/02/2026,1",
            "ben@x.org,c,01/02/2026,2",
            "ada@x.org,c1,01/02/2026,1",
        ]
        place.drop("lms/t.csv", "Id,Course,Day,Hours\n" + "\n".join(rows))
        report = place.refresh()["training"]
        assert (report.n_accepted, report.n_quarantined, report.n_superseded) == (60, 2, 1)
        assert all(row["employee_id"] == "E1" for row in place.staged("training"))
        assert (
            "differing_doubles"
            in (tmp_path / "private" / "quarantine" / "training" / "lms_t.csv").read_text()
        )


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("select * from read_csv('/etc/hostname')", "can't be run: it reaches for a file"),
        ("select 1 as _line from delivery; select 2", "has more than one statement"),
        ("select day_off(Day, '%Y') as a, _line from delivery", "exist! Is day_of meant?"),
        ('select "Curse" as a, _line from delivery', "Is Course meant?"),
        ("from delivery", "which training doesn't have"),
        ('select "Id" as course, _line from delivery', "gives no employee_id, completed_on"),
        ('select "Id" as employee_id from delivery', "gives no column _line"),
        ("select nonsense from delivery", "nonsense"),
        ("-- x\n\nselect 1 as _line,\n  nonsense\nfrom delivery", "sql, line 4, can't be run"),
        ("select _line,\nnofun(1)\nfrom delivery", "sql, line 2, can't be run"),
        ("select 1 as _line,\nfrom\ndelivery wher x", "line 3, can't be run: Parser"),
        ('select cast("Id" as integer) as employee_id, _line from delivery', "can't be converted"),
        (
            'select _line,\n  cast("Id" as date) as a\nfrom delivery',
            "sql, line 2, can't be run: a val",
        ),
        (TRAINING.replace("_line,", "_line + 7 as _line,", 1), "which no record has"),
        (TRAINING.replace("_line,", "'x' as _part, _line,", 1), "[merge.training]"),
        (TRAINING.replace("_line,", "1 as strange, _line,", 1), "strange, which training"),
    ],
)
def test_a_query_that_does_not_do_is_told_without_a_value(
    query: str, told: str, refusing: Feeds
) -> None:
    refusing.recipe("own/lms", TOML, training=query)
    (reason,) = refusing.refresh("training")["training"].gate_refusals
    assert told in reason
    assert "ada@x.org" not in reason


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feeds]:
    """People that are known, and a file that every query above is tried on anew."""
    with feeds(tmp_path_factory.mktemp("refusing")) as place:
        _place(place)
        place.refresh("roster", "people")
        place.drop("lms/t.csv", "Id,Course,Day\nada@x.org,c,01/02/2026\n")
        yield place


@pytest.mark.parametrize(
    ("cast", "is_told"),
    [
        ('try_cast("Course" as double)', True),
        ('sum(try_cast("Course" as double)) over (partition by _line)', True),
        ('coalesce(cast(try_cast("Course" as double) as varchar), \'? \' || "Course")', False),
        ("case when try_cast(\"Course\" as double) is null then 'c' else 'd' end", False),
        ("case when try_cast(\"Course\" as double) > 1 then 'c' else 'd' end", False),
        ("try_cast(nullif(\"Course\", 'c') as double)", False),
    ],
)
def test_casts_that_lose_values_are_told(cast: str, is_told: bool) -> None:
    query = f'select\n    1 as "Id",\n    {cast} as course, _line\nfrom delivery'
    with open_sandbox(memory_limit="256MB", time_zone="UTC") as con:
        con.register("delivery", pa.table({"Course": ["1", "c", None], "_line": [2, 3, 4]}))
        told = lost_in_casts(query, con.sql, 2)
    assert [each.partition(" has")[0] for each in told] == ["line 5"] * is_told


def test_a_renamed_heading_below_titles_is_the_one_that_is_told(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _place(place)
        place.drop("lms/t.csv", "Report of all lessons\n\nId,Lesson,Day\nada@x.org,c,01/02/2026\n")
        (reason,) = place.refresh("training")["training"].gate_refusals
        assert "the header lacks Course; it has Id, Lesson, Day" in reason


def test_a_column_that_the_export_lacks_is_named(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _place(place)
        place.drop("lms/t.csv", "Id,Lesson,Day\nada@x.org,c,01/02/2026\n")
        (reason,) = place.refresh()["training"].gate_refusals
        assert "the header lacks Course" in reason
        assert "[feed.lms]" in reason
        place.declare('[feed.lms]\nrecipe = "own/lms"\ncolumns = {Lesson = "Course"}\n')
        assert place.refresh()["training"].n_accepted == 1


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('[feed]\nlms = "own/nothing"\n', "there is no recipe 'own/nothing'"),
        ('[feed]\nlms = "wrkday/headcuont"\n', "is 'workday/headcount' meant?"),
        ('[feed]\nlms = "kronos/paycode_detail"\n', "is 'ukg_kronos/paycode_detail' meant?"),
        ('[feed.lms]\nrecipe = "own/lms"\nb = "x/y"\n', "stands below [feed.lms], so it is a key"),
        ('[feed]\nlms = "own/lms"\n[feed.lms]\nrecipe = "own/lms"\n', "declared twice: a feed has"),
        ('[feed]\nlms = "own/lms"\ntime_zone = "UTC"\n', "put it at the beginning of the file"),
        ('[feed.lms]\nrecipe = "own/lms"\ntime_zone = "UTC"\n', "above the first line in brackets"),
        ('[feed]\nroster = "own/lms"\n', "give the feed another name"),
        ('[feed.lms]\nrecipe = "own/lms"\nparameters = {x = 1}\n', "has no x"),
        ('[feed.lms]\nrecipe = "own/lms"\ncolumns = {a = "b"}\n', "has no column b"),
        ('[feed.lms]\nrecipe = "own/lms"\nmacro = 1\n', "unknown key"),
        ("[feeds]\n", "[feed.<name>] is meant"),
    ],
)
def test_settings_that_cannot_be_used_stop_before_anything(
    settings: str, told: str, tmp_path: Path
) -> None:
    with feeds(tmp_path) as place:
        _place(place)
        place.declare(settings)
        with pytest.raises(SettingsError) as stopped:
            load_settings(tmp_path / "settings.toml")
        assert told in str(stopped.value)


def test_a_changed_recipe_reads_its_files_again(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _place(place)
        place.drop("lms/t.csv", "Id,Course,Day\nada@x.org,c,01/02/2026\n")
        place.refresh()
        place.recipe("own/lms", TOML, training=TRAINING.replace('"Course" as', "'new' as"))
        place.refresh()
        assert [row["course"] for row in place.staged("training")] == ["new"]


def test_records_of_erased_people_are_left_out_whatever_a_system_calls_them(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _place(place)
        key = b"key"
        people = {person_hash(key, "E1"): FOR_GOOD}
        place.erased = Erased(key, people, frozenset({2}))
        place.drop("lms/t.csv", "Id,Course,Day\nAda@x.org,c,01/02/2026\nben@x.org,c,01/02/2026\n")
        report = place.refresh()["training"]
        assert (report.n_rows, report.n_accepted, report.n_quarantined) == (2, 1, 0)
        assert [row["employee_id"] for row in place.staged("training")] == ["E2"]
        assert place.staged("people") == [
            row for row in place.staged("people") if row["employee_id"] != "E1"
        ]
        kept = [path.read_bytes() for path in tmp_path.glob("private/**/*") if path.is_file()]
        assert not any(b"ada@x.org" in content.lower() for content in kept)
        told = fetch(place.con, "select * from ledger.rejected_cell").rows()
        assert told == []


def test_what_erased_people_are_called_is_noted_while_people_still_has_them(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _place(place)
        place.refresh()
        erased = Erased(b"key", {person_hash(b"key", "E1"): FOR_GOOD}, frozenset({2}))
        note_staged(place.con, erased)
        noted = {hashed for (hashed,) in fetch(place.con, "from ledger.erased_alias").rows()}
        assert noted == {
            alias_hash(b"key", "email", "ADA@x.org "),
            alias_hash(b"key", "employee_id", "E1"),
        }
