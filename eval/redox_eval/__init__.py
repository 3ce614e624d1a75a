"""The exam: tasks, a sandbox, and scores that a wrong program can't get.

`redox_eval` imports `redox`, and `redox` never imports it.
"""
