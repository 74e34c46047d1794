"""`python -m runcompare` is the same as `runcompare`."""

from runcompare.cli import main

main()
