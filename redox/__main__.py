"""`python -m redox` is `redox`."""

from redox.cli import main

if __name__ == "__main__":
    main()
