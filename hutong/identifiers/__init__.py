"""Identifiers: of messages and contacts, and those of people, companies and places that leads are about."""
