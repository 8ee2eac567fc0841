"""What schemathesis loads: the checks, and what leads its requests to what is there."""

import contract  # noqa: F401
import room  # noqa: F401
