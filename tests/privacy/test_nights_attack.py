"""Somebody keeps the files of all nights and subtracts them.

Each attack succeeds where the ledger is switched off, so it is a real one, and fails with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.privacy.nights import (
    MIN_GROUP,
    Person,
    Publisher,
    Staff,
    joiner,
    left,
    recovered,
    scored,
    staff,
)

Night = Callable[[np.random.Generator, Staff], None]


def stayers(people: Staff, arm: str | None = None, site: str | None = None) -> list[Person]:
    return [
        person
        for person in people.values()
        if person.exit is None and arm in (None, person.arm) and site in (None, person.site)
    ]


def leave(n: int, arm: str | None = None, site: str | None = None) -> Night:
    def happens(rng: np.random.Generator, people: Staff) -> None:
        for person in stayers(people, arm, site)[:n]:
            people[person.key] = left(rng, person)

    return happens


def join(n: int) -> Night:
    def happens(rng: np.random.Generator, people: Staff) -> None:
        for _ in range(n):
            person = joiner(rng, f"n{len(people):04}")
            people[person.key] = person

    return happens


def answer(n: int) -> Night:
    def happens(rng: np.random.Generator, people: Staff) -> None:
        silent = [person for person in people.values() if person.score is None]
        for person in silent[:n]:
            people[person.key] = scored(rng, person)

    return happens


def correct_score(n: int) -> Night:
    def happens(rng: np.random.Generator, people: Staff) -> None:
        for person in [each for each in people.values() if each.score is not None][:n]:
            people[person.key] = scored(rng, person)

    return happens


def correct_kind(n: int) -> Night:
    def happens(rng: np.random.Generator, people: Staff) -> None:
        for person in [each for each in people.values() if each.exit is not None][:n]:
            other = "involuntary" if person.exit[0] == "voluntary" else "voluntary"  # type: ignore[index]
            people[person.key] = replace(person, exit=(other, person.exit[1]))  # type: ignore[index]

    return happens


def go(n: int) -> Night:
    """People vanish from the records altogether."""

    def happens(_: np.random.Generator, people: Staff) -> None:
        for key in sorted(people)[:n]:
            del people[key]

    return happens


def both(*nights: Night) -> Night:
    def happens(rng: np.random.Generator, people: Staff) -> None:
        for night in nights:
            night(rng, people)

    return happens


def nights(publisher: Publisher, happenings: tuple[Night, ...], seed: int) -> Publisher:
    rng, people = np.random.default_rng(seed), staff(seed)
    publisher.night(people)
    for happens in happenings:
        happens(rng, people)
        publisher.night(people)
    return publisher


WHOLE_BATCH = both(leave(14, "a"), leave(14, "b"))
ATTACKS: dict[str, tuple[Night, ...]] = {
    "one leaver": (leave(1),),
    "one joiner": (join(1),),
    "one answer": (answer(1),),
    "one corrected score": (correct_score(1),),
    "one corrected kind of exit": (correct_kind(1),),
    "one person gone": (go(1),),
    "two leavers, one a night": (leave(1), leave(1)),
    "one leaver, then a batch, then one": (leave(1), WHOLE_BATCH, leave(1)),
    "a held site beside an advancing whole": (
        both(leave(30, "a", "A"), leave(30, "b", "A"), leave(3, "a", "B"), leave(3, "b", "B")),
        leave(2, "a", "B"),
    ),
    "two held sites": (
        both(
            leave(30, "a", "A"),
            leave(30, "b", "A"),
            leave(3, "a", "B"),
            leave(3, "b", "C"),
        ),
        both(leave(20, "a", "B"), leave(20, "b", "B")),
    ),
    "a leaver among corrected scores": (both(correct_score(60), leave(1)),),
    "a trickle": tuple(both(leave(2), join(1), answer(2)) for _ in range(8)),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_recovered_from_the_files_of_several_nights(attack: str) -> None:
    open_book = nights(Publisher(holds_back=False), ATTACKS[attack], seed=1)
    assert recovered(open_book), "the attack is none"
    for seed in (1, 2):
        assert not recovered(nights(Publisher(), ATTACKS[attack], seed))


def test_random_nights_give_nothing_away() -> None:
    n_open = 0
    for seed in range(4):
        rng = np.random.default_rng(seed)
        happenings = tuple(
            both(
                leave(int(rng.integers(0, 15)), "a"),
                leave(int(rng.integers(0, 15)), "b"),
                join(int(rng.integers(0, 12))),
                answer(int(rng.integers(0, 15))),
                correct_score(int(rng.integers(0, 20))),
            )
            for _ in range(5)
        )
        assert not recovered(nights(Publisher(), happenings, seed)), seed
        n_open += bool(recovered(nights(Publisher(holds_back=False), happenings, seed)))
    assert n_open == 4


def test_batches_do_come_out() -> None:
    """Holding back is no freezing: whatever is large enough is published the same night."""
    publisher = nights(Publisher(), (leave(1, "a"), WHOLE_BATCH), seed=1)
    first, held, batch = (
        frame.filter(segment="all", outcome="any_exit") for frame in publisher.published
    )
    assert held.equals(first)
    assert batch["n_events_a"].item() - first["n_events_a"].item() == 15 > MIN_GROUP
    assert (first["data_until"] < batch["data_until"]).all()
