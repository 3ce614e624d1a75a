"""The shadow workspace: a crate with Iron in it, mirrored below `target/redox` as cargo takes it.

Line n of a mirrored source is line n of its Iron. Nothing is ever written outside `target/redox`.
"""
