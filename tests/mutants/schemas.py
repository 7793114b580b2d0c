"""Small data sets made for faults: each passes its audit, and has something that the ready ones do not."""

from __future__ import annotations

__all__ = ["SCHEMAS"]

# Two axes at once, bounds that matter, a composite key below `distinct_in`, cancelled rows, effects at two levels.
CLUB = """
fanwise: 1
name: club
seed: 5
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: member, share: {Gold: 0.4, Silver: 0.6}, rank: Gold > Silver}
  region: {table: member, share: {North: 0.4, South: 0.35, West: 0.25}, assign: random}
tables:
  drink:
    rows: 60
    key: drink_id
    columns:
      drink_id: {sequence: {start: 1}}
      price: {uniform: {min: 2, max: 12}, round: 2}
  member:
    rows: 1500
    key: member_id
    columns:
      member_id: {sequence: {start: 1}}
      tier: {segment: tier}
      region: {segment: region}
      card: {uuid: {}, unique: true}
      joined: {timestamp: {between: [window.start, window.end]}}
  visit:
    parent: member
    fanout:
      negbin: {mean: 6, k: 6}
      multiplier: {tier: {Gold: 1.5, Silver: 1}, region: {North: 1, South: 1.5, West: 0.6}}
    key: visit_id
    columns:
      visit_id: {sequence: {start: 1}}
      member_id: {parent: member_id}
      chance: {uniform: {min: 0, max: 1}, round: 15, unique: true}
      at: {timestamp: {between: [member.joined, window.end]}}
      status: {choice: {paid: 9, cancelled: 1}}
      spent:
        gamma: {mean: 20, shape: 2}
        multiplier: {tier: {Gold: 1.5, Silver: 1}}
        clamp: [1, 60]
        when: {status: {cancelled: 0}}
        round: 2
  line:
    parent: visit
    fanout: {poisson: {mean: 0.8}, min: 1, max: 12, multiplier: {tier: {Gold: 1.5, Silver: 1}}}
    key: [visit_id, drink_id]
    columns:
      visit_id: {parent: visit_id}
      drink_id: {ref: drink, weight: {zipf: 1.1}, distinct_in: visit}
  song:
    parent: visit
    fanout: {poisson: {mean: 1}, multiplier: {tier: {Gold: 1.5, Silver: 1}}}
    key: [visit_id, number]
    columns:
      visit_id: {parent: visit_id}
      number: {ordinal: {start: 1}}
checks:
  - visit.at >= member.joined
  - visit.spent <= 60
  - visit.status <> 'cancelled' or visit.spent = 0
"""

# Nothing but an axis: enough rows for the bound of balanced assignment to be far below chance.
BALLOT = """
fanwise: 1
name: ballot
seed: 5
segments:
  side: {table: vote, share: {yes: 0.5, no: 0.3, none: 0.2}}
tables:
  vote:
    rows: 40000
    key: vote_id
    columns:
      vote_id: {sequence: {start: 1}}
      side: {segment: side}
"""

# A reference that keeps to its shop, and a condition that says so.
BAZAAR = """
fanwise: 1
name: bazaar
seed: 5
tables:
  shop: {rows: 200, key: shop_id, columns: {shop_id: {sequence: {start: 1}}}}
  ware:
    parent: shop
    fanout: {poisson: {mean: 5}, min: 1}
    key: ware_id
    columns:
      ware_id: {sequence: {start: 1}}
      shop_id: {parent: shop_id}
  sale:
    parent: shop
    fanout: {poisson: {mean: 10}}
    key: sale_id
    columns:
      sale_id: {sequence: {start: 1}}
      shop_id: {parent: shop_id}
      ware_id: {ref: ware, within: shop}
checks:
  - ware.shop_id = sale.shop_id
"""

SCHEMAS = {"club": CLUB, "ballot": BALLOT, "bazaar": BAZAAR}
