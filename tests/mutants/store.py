"""The data set of the battery, two axes over three levels and a reference, and what a fault in its files is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

__all__ = ["STORE", "Change", "Frames", "Tampered", "column", "one", "packed", "rows", "some", "together"]

Frames = dict[str, pl.DataFrame]
Change = Callable[[Frames], Frames]

STORE = """
fanwise: 1
name: store
seed: 11
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: customer, share: {VIP: 0.3, Std: 0.7}}
  region: {table: customer, share: {North: 0.5, South: 0.5}, assign: random}
tables:
  country:
    key: code
    values: [{code: DE, vat: 0.19}, {code: FR, vat: 0.2}, {code: US, vat: 0}]
  product:
    rows: 60
    key: sku
    columns:
      sku: {sequence: {}}
      kind: {choice: {book: 5, toy: 3, audio: 2}}
      code: {pattern: "P-{seq:04}", unique: true}
      price: {uniform: {min: 5, max: 50}, round: 2}
  customer:
    rows: 2000
    key: cid
    columns:
      cid: {sequence: {}}
      tier: {segment: tier}
      region: {segment: region}
      land: {choice: {DE: 5, FR: 3, US: 2}, references: country.code}
      age: {normal: {mean: 40, sd: 10}, round: 1}
      income: {gamma: {mean: 30, shape: 4}, multiplier: {tier: {VIP: 1.6, Std: 1}}, round: 2}
      kids: {poisson: {mean: 1.5}}
      card: {choice: {gold: {tier: {VIP: 6, Std: 2}}, plain: 6}}
      newsletter: {boolean: {p: 0.4}}
      joined: {timestamp: {between: [window.start, 2024-07-01]}}
      born: {date: {between: [1950-01-01, 2006-01-01]}}
      phone: {choice: {home: 1, mobile: 3}, null: 0.05}
      orders: {rollup: {count: order}}
      spent: {rollup: {sum: order.amount}, round: 2, type: "decimal(15,2)"}
      largest: {rollup: {max: order.amount}}
  order:
    parent: customer
    fanout: {poisson: {mean: 6}, max: 30, multiplier: {tier: {VIP: 1.5, Std: 1}, region: {North: 1.2, South: 1}}}
    key: oid
    columns:
      oid: {sequence: {}}
      cid: {parent: cid}
      home: {parent: region}
      at: {timestamp: {between: [customer.joined, window.end]}}
      shipped: {after: {column: at, lag: {exponential: {mean: 2d}}}}
      paid: {timestamp: {between: [window.start, window.end]}, null: 0.1}
      status: {choice: {paid: 8, open: 1, lost: 1}}
      gift: {boolean: {p: 0.2}, multiplier: {tier: {VIP: 2, Std: 1}}}
      stars: {normal: {mean: 3.5, sd: 1}, clamp: [1, 5], round: 0}
      discount: {integer: {min: 0, max: 9}, null: 0.05}
      weight: {gamma: {mean: 2, shape: 3}, round: 3}
      fee: {uniform: {min: 1, max: 3}, round: 2, type: "decimal(8,2)"}
      amount: {lognormal: {mean: 60, sd: 45}, multiplier: {tier: {VIP: 1.5, Std: 1}}, round: 2}
      gross: {expr: "round(amount * 1.19, 2)"}
  item:
    parent: order
    fanout: {poisson: {mean: 1.5}, min: 1, max: 8}
    key: [oid, line]
    columns:
      oid: {parent: oid}
      line: {ordinal: {start: 1}}
      sku: {ref: product, distinct_in: order}
      quantity: {poisson: {mean: 2}, clamp: [1, 12]}
      rebate: {beta: {mean: 0.3, n: 8}, round: 3}
      price: {expr: product.price}
  visit:
    rows: 6000
    key: vid
    columns:
      vid: {sequence: {}}
      cid: {ref: customer, multiplier: {tier: {VIP: 2, Std: 1}}}
      minutes: {gamma: {mean: 12, shape: 2}, multiplier: {customer.region: {North: 1.3, South: 1}}, round: 1}
      device: {choice: {phone: 6, tablet: 1, desktop: 3}}
checks:
  - order.gross >= order.amount
"""


@dataclass(frozen=True)
class Tampered:
    """One fault, written into finished tables.

    name, story: in a word and in a line. touches: the columns, or tables, that are changed. change: returns the changed
    tables. finding: the start of the id of the finding that must be there; status: at least what it must say. Where it
    is empty no promise of the contract is broken, as the story says, and only the manifest can tell.
    """

    name: str
    story: str
    touches: tuple[str, ...]
    change: Change
    finding: str
    status: str = "FAIL"

    @property
    def apart(self) -> bool:
        """Whether nothing can be judged beside it: it changes whole tables or segments, or must not be seen."""
        return not self.finding or any(
            "." not in place or place.endswith((".tier", ".region", "cid", "oid")) for place in self.touches
        )


def packed(faults: Iterable[Tampered]) -> list[list[Tampered]]:
    """Return the faults in few packs, so that one audit judges faults that touch different columns."""
    packs: list[list[Tampered]] = []
    for fault in faults:
        for pack in packs:
            touched = {place for other in pack for place in other.touches}
            alone = fault.apart or any(other.apart for other in pack)
            if not alone and not touched & set(fault.touches) and all(o.finding != fault.finding for o in pack):
                pack.append(fault)
                break
        else:
            packs.append([fault])
    return packs


def column(table: str, **values: pl.Expr) -> Change:
    """Replace columns of a table. `vip` and `north` tell of the customer of a row."""

    def change(frames: Frames) -> Frames:
        frame = keyed = frames[table]
        if "cid" not in frame.columns and "oid" in frame.columns:
            keyed = frame.join(frames["order"].select("oid", "cid"), on="oid", how="left", maintain_order="left")
        if "cid" in keyed.columns:
            known = frames["customer"].select("cid", vip=pl.col("tier") == "VIP", north=pl.col("region") == "North")
            keyed = keyed.join(known.unique("cid"), on="cid", how="left", maintain_order="left")
        kept = {name: value.cast(frame.schema[name]) for name, value in values.items()}
        return {**frames, table: keyed.with_columns(**kept).select(frame.columns)}

    return change


def rows(table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Change:
    """Change the whole of a table."""
    return lambda frames: {**frames, table: change(frames[table])}


def together(*changes: Change) -> Change:
    """Make one change after the other."""

    def change(frames: Frames) -> Frames:
        for each in changes:
            frames = each(frames)
        return frames

    return change


def one(key: str, value: int, then: pl.Expr, name: str) -> pl.Expr:
    """Change one row of a column."""
    return pl.when(pl.col(key) == value).then(then).otherwise(pl.col(name))


def some(where: pl.Expr, then: object, name: str) -> pl.Expr:
    """Change a column in some rows."""
    new = then if isinstance(then, pl.Expr) else pl.lit(then)
    return pl.when(where).then(new).otherwise(pl.col(name))
