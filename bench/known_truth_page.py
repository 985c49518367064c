"""From the estimates of many simulated worlds to the tables of ``docs/known-truth.md``."""

from __future__ import annotations

import polars as pl
from scipy import stats

from bench.known_truth_coverage import coverage_lines
from pipelines.contracts.credibility_rules import CREDIBILITIES
from pipelines.simulation.scenarios import ALL_OUTCOMES, SCALE_OUTCOMES, WORLDS

IN_PER_CENT = ("voluntary_exit", "involuntary_exit", "any_exit", "unplanned_absence")
"""Outcomes that are shares: their differences are shown in percentage points."""

_DRAWN = [each.name for each in WORLDS if each.config.lottery is not None]
NONE = 1e-9
"""A true difference below this is none."""
_SHARES = ("exits", "others", "better", "worse", "withheld")
_KEYS = ("world", "outcome", "horizon_days", "design")


def _is_headline() -> pl.Expr:
    """Whether a row is of the design that the pages lead with in its world."""
    is_drawn = pl.col("world").is_in(_DRAWN)
    return pl.col("design") == pl.when(is_drawn).then(pl.lit("as_assigned")).otherwise(
        pl.lit("weighted")
    )


def summary(estimates: pl.DataFrame) -> pl.DataFrame:
    """Per world, outcome, horizon and design: what the estimates did over the seeds.

    ``bias``, ``spread`` (standard deviation of the error) and ``mean_std_error`` are in percentage
    points for shares, else in points of the scale; ``*_mc_error`` are Monte Carlo standard errors.
    ``coverage`` is about the estimates with an interval, the shares are about all seeds.
    """
    is_share = pl.col("outcome").is_in(IN_PER_CENT)
    unit = pl.when(is_share).then(100.0).otherwise(1.0)
    is_shown = pl.col("estimate").is_not_null()
    return (
        estimates.with_columns(
            (pl.col("error", "std_error", "truth") * unit).name.keep(),
            is_better=pl.col("verdict") == "better",
            is_worse=pl.col("verdict") == "worse",
            is_false=pl.col("verdict").is_in(["better", "worse"]) & (pl.col("truth").abs() < NONE),
            is_low=pl.col("credibility").is_in(["weak", "not_credible"]).fill_null(value=False),
        )
        .group_by(_KEYS, maintain_order=True)
        .agg(
            n_seeds=pl.len(),
            n_estimates=is_shown.sum(),
            truth=pl.col("truth").mean(),
            bias=pl.col("error").mean(),
            spread=pl.col("error").std(),
            mean_std_error=pl.col("std_error").mean(),
            coverage=pl.col("is_covered").mean(),
            n_intervals=pl.col("is_covered").count(),
            share_better=pl.col("is_better").mean(),
            share_worse=pl.col("is_worse").mean(),
            share_withheld=1.0 - is_shown.mean(),
            share_false=pl.col("is_false").mean(),
            share_unsaid=(pl.col("is_false") & ~pl.col("is_low")).mean(),
            **{
                f"share_{grade}": (pl.col("credibility") == grade).mean() for grade in CREDIBILITIES
            },
        )
        .with_columns(
            bias_mc_error=pl.col("spread") / pl.col("n_estimates").sqrt(),
            coverage_mc_error=_share_error("coverage", "n_intervals"),
            better_mc_error=_share_error("share_better", "n_seeds"),
        )
        .drop("n_intervals")
    )


def _share_error(share: str, n: str) -> pl.Expr:
    return (pl.col(share) * (1.0 - pl.col(share)) / pl.col(n)).sqrt()


def page(table: pl.DataFrame, checks: pl.DataFrame, permutations: pl.DataFrame) -> str:
    """The text of ``docs/known-truth.md``."""
    last = pl.col("horizon_days") == pl.col("horizon_days").max().over("outcome")
    return "\n".join(
        [
            *_introduction(table),
            *_false_verdicts(table),
            *coverage_lines(table.filter(_is_headline(), last)),
            *_overall(table),
            *_checks(table, checks),
            *_lotteries(table, permutations),
            *_details(table),
        ]
    )


def _introduction(table: pl.DataFrame) -> list[str]:
    n = table.group_by("world").agg(pl.col("n_seeds").max())["n_seeds"]
    fewest, most = n.min(), n.max()
    times = f"{most}" if fewest == most else f"{fewest} to {most}"
    return [
        "# What the estimators do where the truth is known",
        "",
        f"Written by `python -m bench.known_truth --seeds {most}`; all figures, with every "
        "horizon and the Monte Carlo errors, are in [known-truth.csv](known-truth.csv). Every "
        f"world is simulated {times} times (the designs `sustained`, `training_rollout` and the "
        "naive reading are estimated in every fourth of them). The truth of each is computed from "
        "its hazards and its measurement model for the people who entered, not simulated.",
        "",
        "Bias, spread (standard deviation of the error over seeds) and mean standard error are in "
        "percentage points for exits and absence, in points of the scale for the others; ± is the "
        "Monte Carlo standard error. Coverage is the share of 95 % intervals that hold the truth; "
        '"better" and "worse" are shares of verdicts for the first kind of coaching, "withheld" '
        "the share of comparisons that gave no estimate. `sustained` is held to the truth had "
        "everybody stayed in the style of their first session, `training_rollout` to none (it is "
        "only estimated where the kind of coaching changes nothing), every other design to the "
        "truth by first session.",
        "",
        *(f"- **{each.name}**: {each.about}." for each in WORLDS),
        "",
        "In these worlds the data can’t give the truth, so that intervals promise nothing about it "
        "and what counts is whether the checks warn: "
        + "; ".join(
            f"*{each.name}* ({_beyond_in_words(each.beyond)})" for each in WORLDS if each.beyond
        )
        + ".",
        "",
    ]


def _beyond_in_words(outcomes: tuple[str, ...]) -> str:
    if outcomes == ALL_OUTCOMES:
        return "all outcomes"
    return "the fatigue scales" if outcomes == SCALE_OUTCOMES else ", ".join(outcomes)


def _false_verdicts(table: pl.DataFrame) -> list[str]:
    """What the headline says where there is nothing, and with which grade; worst world first."""
    lines = [
        "## False verdicts of the headline, and what the grade says of them",
        "",
        "The headline (`weighted`; `as_assigned` where a lottery decided) at its longest horizon, "
        "the worst worlds and outcomes first. A "
        'verdict is false where the truth is no difference and the word is "better" or "worse"; it '
        "goes unsaid where the grade of credibility is then moderate or strong. The grades are "
        "shares of all seeds; only rows with bias beyond chance, coverage under 90 %, or more than "
        "5 % false verdicts stand here, the others in [known-truth.csv](known-truth.csv).",
        "",
        "| world | outcome | truth | bias | coverage | false | unsaid | strong | moderate | weak "
        "| not credible |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    last = pl.col("horizon_days") == pl.col("horizon_days").max().over("outcome")
    is_bad = (
        (pl.col("share_false") > 0.05)
        | (pl.col("coverage") < 0.9)
        | (pl.col("bias").abs() > 4 * pl.col("bias_mc_error"))
    )
    rows = table.filter(_is_headline(), last, is_bad).sort(
        "share_unsaid", "share_false", "coverage", descending=[True, True, False]
    )
    for row in rows.iter_rows(named=True):
        shares = [row[f"share_{name}"] for name in ("false", "unsaid", *CREDIBILITIES)]
        lines.append(
            f"| {row['world']} | {row['outcome']} | {_signed(row['truth'])} "
            f"| {_signed(row['bias'])} | {_percent(row['coverage'])} "
            f"| {' | '.join(_percent(each) for each in shares)} |"
        )
    return [*lines, "", *_grades(table), *_still_wrong()]


def _still_wrong() -> list[str]:
    return ["## What is still wrong", "", *(f"- {each}" for each in STILL_WRONG), ""]


STILL_WRONG = (
    "Something that stands in no file and shows in nothing before day 0 (no absence, no score) "
    "is found by no check; the E-value says how strong it would have to be, no more.",
    "Where good coaches lean to one kind, the headline stays off; the grade was weak for 258 of "
    "the 260 wrong verdicts on leaving in 200 simulated centres. Read `within_coach`.",
    "A poor reading of quality before day 0 isn’t corrected for in the headline, only found out: "
    "the grade was weak or not credible for 284 of 298 wrong verdicts on quality and satisfaction "
    "in 200 simulated centres. Read the check `poor_reading` then.",
    "People coached before the data begin make the difference too small. The grade is weak "
    "then; only data that go back further, or new people alone, mend it.",
    "Answers that depend on the answer itself are beyond any weight. The checks find most of it "
    "where earlier exhaustion is known.",
    "With 3 coaches on one side intervals hold, and say next to nothing: degrees of freedom come "
    "from the smaller side, so that ranges are wider than they need be on average (up to all of "
    "them hold the truth) rather than too narrow where those few coaches differ.",
    "The control of absence right before day 0 calls a comparison weak where absence itself, "
    "recorded and adjusted for, decides who gets which coaching.",
    "In a sound comparison the grade is weak by chance about one time in seven (13.6 % where "
    "nothing differs), since a dozen checks are made. Where something does differ it is weak "
    "about one time in three (33.5 % in the confounded world), since what the range of one look "
    "tells, but not the range for all looks, is called weak too.",
    "Single rows lie under 93 or over 97 % coverage, as chance alone has it in so many. Those that "
    "were lowest in the first 100 centres were no lower than others in the next 100: exhaustion in "
    "the confounded world 86.9, then 97.0 %; absence and quality under a lottery by coach 89 and "
    "90, then 94 and 99 %.",
)
"""What a reader should know that the checks don't mend; in `docs/method.md` too."""


def headline_rows(table: pl.DataFrame) -> list[str]:
    """What the headline does in each world, over all outcomes: the worst first."""
    last = pl.col("horizon_days") == pl.col("horizon_days").max().over("outcome")
    mean = pl.col("coverage", "share_false", "share_unsaid").mean()
    exits = pl.col("bias").filter(pl.col("outcome") == "voluntary_exit").first()
    grades = [pl.col(f"share_{grade}").mean() for grade in CREDIBILITIES]
    rows = (
        table.filter(_is_headline(), last)
        .group_by("world", maintain_order=True)
        .agg(exits, mean, *grades)
        .sort("share_false", "coverage", descending=[True, False])
    )
    lines = [
        "| world | bias, leaving | coverage | false | unsaid | strong | moderate | weak "
        "| not credible |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows.iter_rows(named=True):
        names = ("coverage", "share_false", "share_unsaid")
        shares = [row[name] for name in names] + [row[f"share_{grade}"] for grade in CREDIBILITIES]
        told = " | ".join(_percent(share) for share in shares)
        lines.append(f"| {row['world']} | {_signed(row['bias'])} | {told} |")
    return lines


def _grades(table: pl.DataFrame) -> list[str]:
    """How often each world gets which grade, over outcomes; the weakest first."""
    last = pl.col("horizon_days") == pl.col("horizon_days").max().over("outcome")
    rows = (
        table.filter(_is_headline(), last)
        .group_by("world", maintain_order=True)
        .agg(pl.col(f"share_{grade}").mean() for grade in CREDIBILITIES)
        .sort("share_strong")
    )
    lines = [
        "Over all outcomes, the grades of each world:",
        "",
        "| world | strong | moderate | weak | not credible |",
        "|---|---|---|---|---|",
    ]
    for row in rows.iter_rows(named=True):
        shares = (_percent(row[f"share_{grade}"]) for grade in CREDIBILITIES)
        lines.append(f"| {row['world']} | {' | '.join(shares)} |")
    return [*lines, ""]


def _overall(table: pl.DataFrame) -> list[str]:
    """Coverage and false verdicts of each world and design, over outcomes and horizons."""
    lines = [
        "## Coverage and false verdicts",
        "",
        "Over all outcomes and horizons. A verdict is false where the truth is none.",
        "",
        "| world | design | coverage, exits | coverage, others | false better | false worse "
        "| withheld |",
        "|---|---|---|---|---|---|---|",
    ]
    is_null = pl.col("truth").abs() < NONE
    rows = (
        table.filter(pl.col("design") != "ever_coached")
        .group_by("world", "design", maintain_order=True)
        .agg(
            exits=_coverage(pl.col("outcome").str.ends_with("_exit")),
            others=_coverage(~pl.col("outcome").str.ends_with("_exit")),
            better=pl.col("share_better").filter(is_null).mean(),
            worse=pl.col("share_worse").filter(is_null).mean(),
            withheld=pl.col("share_withheld").mean(),
        )
    )
    for row in rows.iter_rows(named=True):
        shares = [_percent(row[name]) for name in _SHARES]
        lines.append(f"| {row['world']} | {row['design']} | {' | '.join(shares)} |")
    return [*lines, ""]


def _coverage(is_mine: pl.Expr) -> pl.Expr:
    """Share of the intervals that hold the truth; null where there are none."""
    n = pl.col("n_estimates").filter(is_mine & pl.col("coverage").is_not_null())
    held = (pl.col("coverage") * pl.col("n_estimates")).filter(is_mine).sum()
    return pl.when(n.sum() > 0).then(held / n.sum())


def _checks(table: pl.DataFrame, checks: pl.DataFrame) -> list[str]:
    """What would warn a reader, and the naive reading, of each world."""
    lines = [
        "## What warns, and the naive reading",
        "",
        "How often the negative control warns (absence before day 0 differs between the groups); "
        "the median E-value of the headline and of its limit; and the bias of the naive reading, "
        "which sorts people by whether they *ever* had a session of the first kind, beside that of "
        "the headline (voluntary exit by day 365, percentage points).",
        "",
        "| world | control warns | E-value | of the limit | ever coached | weighted |",
        "|---|---|---|---|---|---|",
    ]
    found = checks.group_by("world", maintain_order=True).agg(
        warned=pl.col("has_warned").mean(),
        of_ratio=pl.col("e_value").median(),
        of_limit=pl.col("e_value_of_limit").median(),
    )
    for row in found.iter_rows(named=True):
        bias = {
            design: table.filter(
                pl.col("world") == row["world"],
                pl.col("outcome") == "voluntary_exit",
                pl.col("horizon_days") == pl.col("horizon_days").max(),
                pl.col("design") == design,
            )["bias"].item()
            for design in ("ever_coached", "weighted")
        }
        lines.append(
            f"| {row['world']} | {_percent(row['warned'])} | {_plain(row['of_ratio'])} "
            f"| {_plain(row['of_limit'])} | {_signed(bias['ever_coached'])} "
            f"| {_signed(bias['weighted'])} |"
        )
    return [*lines, ""]


def _lotteries(table: pl.DataFrame, permutations: pl.DataFrame) -> list[str]:
    """How the permutation's p is spread where a lottery decided and nothing differs."""
    lines = [
        "## The lottery drawn again",
        "",
        "Where a lottery decided and nothing differs, the share of draws with a difference at "
        "least as large (p) should be spread evenly from 0 to 1. Held against that by Kolmogorov "
        "and Smirnov’s test; of so many rows one in twenty is under 0.05 by chance.",
        "",
        "| world | outcome | centres | p under 0.05 | mean p | evenly spread, p |",
        "|---|---|---|---|---|---|",
    ]
    is_null = pl.col("truth").abs().max().over("world", "outcome") < NONE
    nulls = table.filter(is_null).select("world", "outcome").unique()
    drawn = permutations.drop_nulls("value").join(nulls, on=["world", "outcome"])
    for key, rows in drawn.partition_by(["world", "outcome"], as_dict=True).items():
        p = rows["value"].to_numpy()
        told = f"{_percent((p < 0.05).mean())} | {p.mean():.2f}"
        even = stats.kstest(p, "uniform").pvalue
        lines.append(f"| {key[0]} | {key[1]} | {len(p)} | {told} | {even:.2f} |")
    return [*lines, ""]


def _details(table: pl.DataFrame) -> list[str]:
    """One table per world: every outcome at its last horizon under every design."""
    last = pl.col("horizon_days") == pl.col("horizon_days").max().over("outcome")
    shown = table.filter(last, pl.col("design") != "ever_coached")
    lines = ["## World by world", ""]
    for (name,), rows in shown.partition_by("world", as_dict=True, maintain_order=True).items():
        lines += [
            f"### {name}",
            "",
            "| outcome | days | design | truth | bias | spread | error | coverage | better | worse "
            "| withheld |",
            "|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        for row in rows.iter_rows(named=True):
            lines.append(
                f"| {row['outcome']} | {row['horizon_days']} | {row['design']} "
                f"| {_signed(row['truth'])} "
                f"| {_signed(row['bias'])} ± {_plain(row['bias_mc_error'])} "
                f"| {_plain(row['spread'])} | {_plain(row['mean_std_error'])} "
                f"| {_percent(row['coverage'])} ± {_percent(row['coverage_mc_error'])} "
                f"| {_percent(row['share_better'])} | {_percent(row['share_worse'])} "
                f"| {_percent(row['share_withheld'])} |"
            )
        lines.append("")
    return lines


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _signed(value: float | None) -> str:
    return "" if value is None else f"{round(value, 2) + 0.0:+.2f}"  # + 0.0: no minus on nothing


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
