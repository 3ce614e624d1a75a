"""The keywords of Rust, what each wants behind it, and the names of its own types."""

from __future__ import annotations

from typing import Final

from redox import frames as f

_KEYWORDS: Final = {
    "let mut ref const static use as in if while match for box do become": f.WANTED,
    "abstract final override priv typeof unsized virtual": f.WANTED,
    "fn mod struct enum trait type": f.NAME,
    "self Self super crate true false await try _": f.AFTER,
    "loop else move async unsafe": f.STARTED,
    "return break continue yield": f.EITHER,
    "impl dyn": f.EITHER,
    "pub": f.PUBLIC,
    "extern": f.EXTERN,
    "where": f.BOUNDS,
    "macro": f.MACRO,
}
KEYWORDS: Final = {word: next_ for words, next_ in _KEYWORDS.items() for word in words.split()}
PRIMITIVES: Final = frozenset(
    "u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char str".split()
)
