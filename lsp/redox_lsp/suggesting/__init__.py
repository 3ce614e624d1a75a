"""What a language model would write next: where to ask it, what of its answer may be shown, and
the process that it runs in. Nothing else here knows what a model is.
"""
