"""The ready datasets of customer lives: what their comments promise holds in every row, and in the rates over the rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy import stats

import fanwise
from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from tests.invariants.lifetimes import Seen, bg_nbd, fitted, pareto_nbd

pytestmark = pytest.mark.system

SEEDS = [*range(2), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 20))]
ROWS = {
    "bank": {"customer": 80, "merchant": 40, "household": 50},
    "buytilldie": {"shopper": 1000, "member": 1000},
    "clinic": {"patient": 200},
    "subscriptions": {"account": 200},
}

# What must hold, as a query for the rows that break it.
BROKEN = {
    "subscriptions": {
        "nothing happens after an account has left": """
            select account_id from account join usage using (account_id) where used_at >= churned_at union all
            select account_id from account join invoice using (account_id) where issued_on > churned_at union all
            select account_id from account join plan_change using (account_id) where changed_on > churned_at""",
        "one invoice on each first of a month": """
            select account_id from account join invoice using (account_id)
            group by account_id, signed_up_at, churned_at having count(*) <> date_diff('month', signed_up_at,
            coalesce(churned_at, timestamp '2024-12-31')) or max(day(issued_on)) > 1 or count(distinct issued_on) <> count(*)
            or min(issued_on) <> date_trunc('month', signed_up_at) + interval 1 month""",
        "seats and plans go on from month to month": """
            select account_id from invoice join account using (account_id) window own as (partition by account_id order by month_no)
            qualify seats <> first_seats + sum(seats_added) over own
            or (plan <> lag(plan, 1, signed_for) over own) <> (invoice_id in (select invoice_id from plan_change))""",
        "a plan change says from where to where": """
            select invoice_id from (select *, lag(plan, 1, signed_for) over (partition by account_id order by month_no) as before
            from invoice join account using (account_id)) join plan_change using (invoice_id)
            where from_plan <> before or to_plan <> plan
            or (direction = 'upgrade') <> ((from_plan, to_plan) in (('starter', 'business'), ('business', 'enterprise')))""",
        "an invoice is its seats at the price of its plan": """
            select invoice_id from invoice join plan on plan = code where amount <> round(seats * price_per_seat, 2)""",
        "retries go on until a payment succeeds, at most four times": """
            select invoice_id from invoice left join payment using (invoice_id) group by invoice_id, status, issued_on
            having count(payment_id) not between 1 and 4 or count(*) filter (succeeded) <> (status = 'paid')::int
            or (status <> 'paid' and count(payment_id) <> 4) or bool_or(succeeded and attempt < (select max(attempt) from payment p
            where p.invoice_id = invoice.invoice_id)) or bool_or(succeeded <> (reason is null)) or min(tried_at) < issued_on""",
        "payments come in the order of their attempts": """
            select * from payment qualify tried_at < lag(tried_at) over (partition by invoice_id order by attempt)""",
        "revenue is what was paid": """
            select account_id, revenue from account left join invoice using (account_id) group by account_id, revenue
            having revenue <> coalesce(sum(amount) filter (status = 'paid'), 0)""",
    },
    "bank": {
        "balances are right to the cent": """
            select * from posting join booking using (booking_id) join account using (account_id)
            qualify balance <> opening_balance + sum(posting.amount) over (partition by account_id order by booking_id)""",
        "an account closes with its last balance": """
            select account_id from account left join posting using (account_id) group by account_id, opening_balance, closing_balance
            having closing_balance <> opening_balance + coalesce(sum(amount), 0)""",
        "a transfer has two sides that add up to zero": """
            select booking_id from booking join posting using (booking_id) join account using (account_id)
            group by booking_id, booking.kind having (booking.kind like '%savings') <> (count(*) = 2)
            or (count(*) = 2 and (sum(posting.amount) <> 0 or count(distinct account_id) <> 2)) or count(distinct account.customer_id) <> 1""",
        "postings are in accounts of the customer": """
            select * from posting join booking using (booking_id) join account using (account_id)
            where account.customer_id <> booking.customer_id or abs(posting.amount) <> booking.amount""",
        "bookings are in the order of time": """
            select * from booking qualify booked_at < lag(booked_at) over (partition by customer_id order by booking_id)""",
        "a transfer changes the accounts of two customers, and both balances are right to the cent": """
            with side as (
                select transfer_id, from_account as account_id, -amount as change, household_id from transfer
                union all select transfer_id, to_account, amount, household_id from transfer)
            select * from side join household_account a using (account_id) join transfer using (transfer_id)
            qualify opening_balance + sum(change) over (partition by account_id order by transfer_id)
                <> case owner_no when 1 then balance_1 else balance_2 end
            or side.household_id <> a.household_id
            or count(distinct customer_id) over (partition by transfer_id) <> 2""",
        "an account of a household closes with what its transfers left": """
            select account_id from household_account left join (select from_account as account_id, -amount as change from transfer
            union all select to_account, amount from transfer) using (account_id) group by account_id, opening_balance, closing_balance
            having closing_balance <> opening_balance + coalesce(sum(change), 0)""",
        "transfers are in the order of time": """
            select * from transfer qualify booked_at < lag(booked_at) over (partition by household_id order by transfer_id)""",
        "every card booking has its payment": """
            select booking_id from booking full join card_payment using (booking_id) where (kind = 'card') <> (merchant_id is not null)""",
    },
    "clinic": {
        "stays do not overlap": """
            select * from stay a join stay b using (patient_id) where a.stay_no < b.stay_no and b.admitted_at < a.discharged_at""",
        "readmitted means within 30 days after discharge": """
            select * from stay qualify readmitted <> coalesce(lead(admitted_at) over (partition by patient_id order by stay_no)
            <= discharged_at + interval 30 days, false)""",
        "vital signs are taken during the stay": """
            select * from vitals join stay using (stay_id) where taken_at < admitted_at or taken_at >= discharged_at""",
        "a diagnosis is one of the ward": """
            select * from stay s join diagnosis_code d on d.code = s.diagnosis where d.ward <> s.ward""",
    },
    "buytilldie": {
        "nobody buys after having left": """
            select shopper_id from shopper left join purchase using (shopper_id) group by all
            having count(bought_at) > true_purchases or frequency <> count(bought_at)""",
        "visits end with membership": """
            select member_id from member join visit using (member_id) where came_at < joined_at or came_at >= true_left_at
            or came_at >= timestamp '2025-01-01'""",
    },
}


@cache
def frames(name: str, seed: int) -> dict[str, pl.DataFrame]:
    return dict(fanwise.dataset(name, seed=seed, rows=ROWS[name]))


@contextmanager
def database(name: str, seed: int) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as session:
        for table, frame in frames(name, seed).items():
            session.register(table, frame)
        yield session


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", BROKEN)
def test_no_row_breaks_a_promise(name: str, seed: int) -> None:
    with database(name, seed) as session:
        for promise, query in BROKEN[name].items():
            broken = session.sql(query)
            assert broken.limit(5).fetchall() == [], promise


def chance(seen: float, expected: float, variance: float) -> float:
    """Return the two-sided chance of a count as far from what is expected."""
    return float(2 * stats.norm.sf(abs(seen - expected) / np.sqrt(variance)))


@pytest.mark.parametrize("seed", SEEDS)
def test_churn_moves_and_failures_have_their_rates(seed: int) -> None:
    """Churn is exponential with the mean of the plan, moves and failures have their shares, by exact sums of variances."""
    with database("subscriptions", seed) as session:
        lives = session.sql("""
            select signed_for, date_diff('second', signed_up_at, timestamp '2025-01-01') / 86400.0 as days, churned from account""").pl()
        moves = session.sql("""select before, plan, count(*) as n from (select plan, lag(plan, 1, signed_for)
            over (partition by account_id order by month_no) as before, month_no from invoice join account using (account_id))
            where month_no > 1 group by all""").pl()
        failed = session.sql("""
            select signed_for, count(*) as n, sum((failures > 0)::int) as some from invoice join account using (account_id)
            group by all""").pl()

    for plan, mean in (("starter", 250), ("business", 800), ("enterprise", 4000)):
        own = lives.filter(signed_for=plan)
        p = 1 - np.exp(-own["days"].to_numpy() / mean)
        assert chance(own["churned"].sum(), p.sum(), (p * (1 - p)).sum()) > 1e-5
    for before, after, p in (
        ("starter", "business", 0.08),
        ("business", "enterprise", 0.01),
        ("enterprise", "business", 0.01),
    ):
        n, k = moves.filter(before=before)["n"].sum(), moves.filter(before=before, plan=after)["n"].sum()
        assert stats.binomtest(k, n, p).pvalue > 1e-5
    for plan, mean in (("starter", 0.4), ("business", 0.12), ("enterprise", 0.03)):
        n, k = failed.filter(signed_for=plan).select("n", "some").row(0)
        assert stats.binomtest(int(k), n, mean / (1 + mean)).pvalue > 1e-5


@pytest.mark.parametrize("seed", SEEDS)
def test_usage_is_a_poisson_process_until_the_account_leaves(seed: int) -> None:
    """Sessions are Poisson with the days of an account: the sum has its mean, and the scatter is no larger."""
    with database("subscriptions", seed) as session:
        found = session.sql("""
            select signed_for, date_diff('second', signed_up_at, coalesce(churned_at, timestamp '2025-01-01')) / 86400.0 as days,
            count(used_at) as n from account left join usage using (account_id) group by account_id, signed_for, days""").pl()
    mean = (
        found["days"].to_numpy()
        / 20
        * found["signed_for"].replace_strict({"starter": 1, "business": 2, "enterprise": 4}).to_numpy()
    )
    n = found["n"].to_numpy()
    long = mean > 3  # the curve of a week is not average over a few days

    assert chance(n[long].sum(), mean[long].sum(), mean[long].sum() * 1.1) > 1e-5
    assert 0.6 < np.sum((n[long] - mean[long]) ** 2 / mean[long]) / long.sum() < 1.6


@pytest.mark.parametrize("seed", SEEDS)
def test_fraud_depends_on_customer_and_category(seed: int) -> None:
    with database("bank", seed) as session:
        cells = session.sql("""select customer_type, category, count(*), sum(is_fraud::int) from card_payment join booking
            using (booking_id) join customer using (customer_id) join merchant using (merchant_id) group by all""").fetchall()
    by_customer = {"private": 1.0, "affluent": 2.0, "business": 4.0}
    by_category = {"groceries": 1.0, "travel": 2.5, "gambling": 6.0}

    assert len(cells) == 9
    for customer, category, n, fraud in cells:
        assert stats.binomtest(int(fraud), n, 0.006 * by_customer[customer] * by_category[category]).pvalue > 1e-5


@pytest.mark.parametrize("seed", SEEDS)
def test_admissions_follow_a_weibull_clock(seed: int) -> None:
    """Gaps between admissions, long before the window ends, have the distribution of the risk group (the curve is mild)."""
    with database("clinic", seed) as session:
        gaps = session.sql("""select risk, date_diff('second', admitted_at, lead(admitted_at) over (partition by patient_id
            order by stay_no)) / 86400.0 as gap, date_diff('second', admitted_at, timestamp '2025-01-01') / 86400.0 as seen
            from stay join patient using (patient_id)""").pl()
    for risk, mean in (("low", 900), ("medium", 360), ("high", 150)):
        own = gaps.filter(pl.col("seen") > 60, risk=risk)
        p = stats.weibull_min(0.65, scale=mean / stats.weibull_min(0.65).mean()).cdf(60)
        back = int((own["gap"] <= 60).sum())
        assert back / own.height == pytest.approx(p, abs=0.03 + 4.5 * np.sqrt(p * (1 - p) / own.height))


def seen(found: pl.DataFrame) -> Seen:
    return Seen(*(found[name].cast(pl.Float64).to_numpy() for name in ("frequency", "recency", "age")))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("came_by", "mean"), [("referral", 0.15), ("discount", 0.45)])
def test_bg_nbd_is_found_again(seed: int, came_by: str, mean: float) -> None:
    """Maximum likelihood returns r, alpha, a and b within their intervals, and rejects those of the other segment."""
    truth = np.array([0.9, 0.9 / 0.25, 5 * mean, 5 * (1 - mean)])
    found = fitted(bg_nbd, seen(frames("buytilldie", seed)["shopper"].filter(came_by=came_by)), np.ones(4))

    assert np.abs(found.deviations(truth)).max() < 4.5
    assert stats.chi2(4).sf(found.ratio(truth)) > 1e-5
    other = 0.6 - mean
    assert stats.chi2(4).sf(found.ratio(np.array([0.9, 0.9 / 0.25, 5 * other, 5 * (1 - other)]))) < 1e-6


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("ticket", "mean"), [("season", 0.5), ("single", 0.25)])
def test_pareto_nbd_is_found_again(seed: int, ticket: str, mean: float) -> None:
    """Maximum likelihood returns r, alpha, s and beta within their intervals, and rejects those of the other segment."""
    truth = np.array([1.2, 1.2 / mean, 1.5, 1.5 / 0.03])
    found = fitted(
        pareto_nbd, seen(frames("buytilldie", seed)["member"].filter(ticket=ticket)), np.array([1.0, 5, 1, 20])
    )

    assert np.abs(found.deviations(truth)).max() < 4.5
    assert stats.chi2(4).sf(found.ratio(truth)) > 1e-5
    assert stats.chi2(4).sf(found.ratio(np.array([1.2, 1.2 / (0.75 - mean), 1.5, 1.5 / 0.03]))) < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("name", ROWS)
def test_the_story_passes_its_audit(name: str, scale: float) -> None:
    failed: dict[int, str] = {}
    for seed in range(20):
        plan = compile_plan(load(name), seed=seed, scale=scale)
        data = fanwise.dataset(name, seed=seed, scale=scale)
        report = validator.audit(dict(data), compile_contract(plan), threads=1)
        if report.exit_code:
            failed[seed] = report.text()

    assert not failed
