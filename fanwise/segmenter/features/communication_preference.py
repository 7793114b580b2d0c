"""communication_preference: through which channels a customer buys.

The three channels that the population uses most, by name where two are used alike, are constants of the model
(`channel:NAME` is 1, 2 or 3); other channels count in variety and switches.
"""

from __future__ import annotations

from fanwise.segmenter.features.formula import AxisProgram, entropy, fixed, ratio, shrunk

__all__ = ["PROGRAM"]

_PLACES = {"first": 1, "second": 2, "third": 3}

PROGRAM = AxisProgram(
    statistics={
        "sale": {"switches": "coalesce(sum(switched), 0)", "steps": "count(switched)"},
        "channel": {
            "channel_orders": "sum(m)",
            "channel_mlnm": f"sum({fixed('m * ln(m)')})",
            **{f"by_{name}": f"coalesce(sum(m) FILTER (place = {place}), 0)" for name, place in _PLACES.items()},
        },
    },
    priors={
        "switches": ratio("sum(switches)", "sum(steps)"),
        **{f"by_{name}": ratio(f"sum(by_{name})", "sum(channel_orders)") for name in _PLACES},
    },
    features={
        **{
            f"{name}_share": (
                f"CASE WHEN channel_orders > 0 THEN {shrunk(f'by_{name}', 'channel_orders', f'{{by_{name}}}')} END"
            )
            for name in _PLACES
        },
        "variety": f"exp({entropy('channel_mlnm', 'channel_orders')})",
        "switches": f"CASE WHEN channel_orders > 0 THEN {shrunk('switches', 'steps', '{switches}')} END",
    },
)
