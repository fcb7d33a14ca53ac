"""``python -m hutong``: the same program."""

from hutong.commands import main

main()
