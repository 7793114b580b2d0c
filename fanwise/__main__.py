"""`python -m fanwise`: the same program as `gen`."""

from __future__ import annotations

import sys

from fanwise.generator.cli import main

if __name__ == "__main__":
    sys.exit(main())
