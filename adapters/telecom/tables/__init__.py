"""Tables of operators and of the filing system: call records, subscribers, filings of sites; CSV in any layout."""
