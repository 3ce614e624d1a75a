"""Tasks and data sets: drawn from families by a seed, proved, and written for training.

`redox_training` imports `redox` and `redox_eval`, so that what trains a model is asked and checked
as in the exam.
"""
