"""What the server answers: pure functions of a `Reading` and offsets into its text."""
