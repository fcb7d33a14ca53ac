"""The officers' commands: thin shells over ``liaison.office`` and its neighbours.

Modules here import nothing but Typer and the catalogue until a command runs, so that help comes at once.
"""
