"""Build Redox; with REDOX_COMPILE=1, its core compiled by mypyc from the same Python source."""

import os

from setuptools import setup

CORE = (
    "brackets checker choices closing frames keywords lexer lexicon lines machine memory"
    " oxidizer phrasebook phrasebook_rules place planner recogniser recovery reducer shapes"
    " spacing spelling"
)


def extensions() -> list:
    """The compiled modules, where they are asked for; the pure ones are always there."""
    if os.environ.get("REDOX_COMPILE") != "1":
        return []
    from mypyc.build import mypycify

    return mypycify([f"redox/{name}.py" for name in CORE.split()], opt_level="3")


setup(ext_modules=extensions())
