"""`python -m redox` is `redox`."""

from redox.start import main

if __name__ == "__main__":
    main()
