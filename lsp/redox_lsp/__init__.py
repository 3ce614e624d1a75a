"""The language server of Redox: Iron in any editor, with its Rust beside it."""
