"""The bridge to rust-analyzer: a child that is shown the Rust of what is open, and asked in Rust.

What it answers is said of the Iron again. Where a place has no counterpart there is no answer, and
an edit with such a place is refused whole.
"""
