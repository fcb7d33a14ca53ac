"""Who is at the other end of the line: names, requests, tickets, profiles and channels for mutual TLS."""
