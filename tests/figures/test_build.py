from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

from dashboards.build import build_site
from dashboards.pages.claims import claims_page
from dashboards.pages.digest import HTML_PATH, TEXT_PATH
from dashboards.pages.layout import (
    NOTICES_PATH,
    PAGES,
    PARTS_PATH,
    PLOTLY_PATH,
    SCRIPT_PATH,
    SITES_PATH,
    STYLE_PATH,
    csv_link,
    inline_json,
)
from dashboards.pages.method import method_page
from dashboards.pages.overview import overview_page
from dashboards.pages.quality import quality_page
from dashboards.pages.workforce import workforce_page
from dashboards.theme import DARK, LIGHT, token
from dashboards.vendor import FILES, Bundle, copy_from_npm, find_bundle
from tests.figures.worlds import HOSTILE, clear_difference, not_reportable, odd_labels

BUNDLE = Bundle("/* charts */", None, "notices")
EVERY_PAGE = [overview_page, workforce_page, claims_page, method_page, quality_page]


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_colours_have_enough_contrast(theme: dict[str, str]) -> None:
    for ground in ("card", "page"):
        for name in ("ink", "ink-2", "link"):
            assert contrast(theme[name], theme[ground]) >= 4.5, (name, ground)
    for name in ("axis", "arm-a", "arm-b", "good"):
        assert contrast(theme[name], theme["card"]) >= 4.5, name
    assert contrast(theme["warn"], theme["warn-bg"]) >= 4.5
    assert contrast(theme["ink"], theme["good-bg"]) >= 4.5


def test_both_themes_have_the_same_tokens() -> None:
    assert LIGHT.keys() == DARK.keys()
    with pytest.raises(KeyError):
        token("no-such-colour")


def test_equal_data_gives_equal_bytes(tmp_path: Path) -> None:
    first = build_site(clear_difference(), tmp_path / "a", BUNDLE)
    second = build_site(clear_difference(), tmp_path / "b", BUNDLE)
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    assets = {PLOTLY_PATH, PARTS_PATH, SITES_PATH, NOTICES_PATH, TEXT_PATH, HTML_PATH}
    assets |= {STYLE_PATH, SCRIPT_PATH}
    names = {p.relative_to(tmp_path / "a").as_posix() for p in first}
    assert names == {file for _, file, _ in PAGES} | assets


@pytest.mark.parametrize("make_page", EVERY_PAGE)
def test_page_names_no_address_outside(make_page: Callable[..., str]) -> None:
    page = make_page(clear_difference(), None)
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert links
    files = "|".join(re.escape(file) for _, file, _ in PAGES)
    inside = re.compile(rf"#|assets/|data:|digest|({files})(#|$)")
    assert all(inside.match(link) for link in links)
    assert not re.search(r'url\((?!data:|" \+ font\.url)|@import', page)


@pytest.mark.parametrize("make_page", EVERY_PAGE)
def test_nothing_that_runs_or_styles_is_inlined(make_page: Callable[..., str]) -> None:
    page = make_page(clear_difference(), "AAAA")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    rules = policy.group(1).replace("&#39;", "'")
    assert "unsafe-eval" not in rules and "script-src 'self';" in rules
    assert not re.findall(r"<style|<script>", page)
    data = re.findall(r"<script (?!src=)([^>]*)>", page)
    assert set(data) <= {'type="application/json" id="figures"'}


def test_labels_are_escaped_everywhere() -> None:
    page = overview_page(odd_labels(), None)
    assert "<img" not in page
    assert "onerror=alert(1)>" not in page
    assert page.count("</script>") == 4
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    page = quality_page(odd_labels(), None)
    assert "<img" not in page
    assert page.count("</script>") == 2
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_inlined_data_cannot_end_its_element() -> None:
    text = inline_json({"x": "</script><!-- & -->"})
    assert "<" not in text
    assert json.loads(text) == {"x": "</script><!-- & -->"}


def test_csv_holds_the_numbers_and_no_formula() -> None:
    link = csv_link(("arm", "survival"), [(HOSTILE[1], 0.5), ("plain, text", None)])
    rows = list(csv.reader(io.StringIO(unquote(link.split(",", 1)[1]))))
    assert rows[0] == ["arm", "survival"]
    assert rows[1][0].startswith("'=")
    assert rows[1][1] == "0.5"
    assert rows[2] == ["plain, text", ""]


def test_retention_csv_is_the_published_curve() -> None:
    data = clear_difference()
    page = overview_page(data, None)
    href = re.search(r'download="retention.csv" href="data:[^,]*,([^"]*)"', page)
    assert href
    rows = list(csv.DictReader(io.StringIO(unquote(href.group(1)))))
    wanted = data.retention_curve.filter(data.retention_curve["design"] == "weighted")
    assert [float(row["survival"]) for row in rows] == wanted["survival"].to_list()
    assert [row["arm"] for row in rows] == wanted["arm"].to_list()


def test_hidden_numbers_are_absent_from_the_file() -> None:
    page = overview_page(not_reportable(), None)
    assert "data:text/csv" not in page
    assert '<script type="application/json" id="figures">{}</script>' in page


def npm_folder(root: Path) -> Path:
    for path in FILES.values():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(f"content of {path}", encoding="utf-8")
    return root


def test_vendor_copies_what_npm_installed(tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    assert copy_from_npm(npm_folder(tmp_path / "node_modules"), vendor)
    bundle = find_bundle(vendor)
    assert bundle.plotly_js.startswith("content of plotly.js-basic-dist-min")
    assert bundle.font_base64
    assert "Source Sans 3" in bundle.notices
    assert "plotly.js" in bundle.notices


def test_without_npm_the_python_package_serves(tmp_path: Path) -> None:
    assert not copy_from_npm(tmp_path / "absent", tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()
    bundle = find_bundle(tmp_path / "vendor")
    assert "plotly.js v" in bundle.plotly_js[:300]
    assert bundle.font_base64 is None
    assert "MIT" in bundle.notices


def test_versions_are_pinned_and_no_address_is_committed() -> None:
    root = Path(__file__).parents[2]
    manifest = json.loads((root / "package.json").read_text("utf-8"))
    wanted = manifest["dependencies"] | manifest["devDependencies"]
    text = (root / "package-lock.json").read_text("utf-8")
    locked = json.loads(text)["packages"]
    assert "://" not in text
    for name, version in wanted.items():
        entry = locked[f"node_modules/{name}"]
        assert entry["version"] == version
        assert entry["integrity"].startswith("sha512-")
