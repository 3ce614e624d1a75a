"""What a run of lines declares, and which of its names mean what: read from the tokens of Rust.

The tokens are those that Iron says as well as those that stand there as Rust, so both are read
alike. One sweep goes over them, with the names that are visible at hand: it never goes back and
never recurses, so it is linear, and it takes broken text as it comes. A name that nothing inside
the run binds is *free*: what it means is for the modules of the file to say.

The sweep is one class in layers, each a module that knows those before it: `tokens`, `visible`,
`names`, `items`, `sweep`. What it finds are the values of `declarations`.
"""
