"""A classifier that tries to tell units of SYNTH from units of REAL: the area under its curve, 0.5 where it cannot.

Gradient-boosted trees of scikit-learn, each unit judged by trees that have not seen it (five folds).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fanwise.comparison.area import interval_of
from fanwise.comparison.context import Context
from fanwise.comparison.gates import judged
from fanwise.comparison.result import Row
from fanwise.io.errors import MissingExtraError
from fanwise.io.extras import require
from fanwise.validator.findings import Status

__all__ = ["measure"]

_FOLDS = 5


def measure(context: Context) -> Iterator[Row]:
    """Yield the area under the curve."""
    features = context.features
    if features is None:
        return
    what = f"features of a {features.unit}"
    try:
        require("sklearn", "discover", "the classifier")
    except MissingExtraError as error:
        yield Row("classifier", what, "", Status.SKIPPED, f"no classifier: {error}", gates=False)
        return
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    values = np.vstack([features.real, features.synth])
    labels = np.repeat([0, 1], [len(features.real), len(features.synth)])
    model = HistGradientBoostingClassifier(max_iter=100, learning_rate=0.1, random_state=0, early_stopping=False)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    with threadpool_limits(1):  # its threads wait for one another, and for everything else on the machine
        chances = cross_val_predict(model, values, labels, cv=folds, method="predict_proba")[:, 1]
    area = float(roc_auc_score(labels, chances))
    low, high = interval_of(area, len(features.real), len(features.synth))
    message = (
        f"a classifier tells {features.unit} of SYNTH from those of REAL with AUC {area:.3f} (95 % CI {low:.3f} to "
        f"{high:.3f}), by {len(features.names)} features of {len(values):,}"
    )
    yield Row("classifier", what, "", judged("classifier", area), message, difference=area, interval=(low, high))
